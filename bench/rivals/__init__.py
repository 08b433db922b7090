"""Those we compare ourselves with, each as fast as it goes, in a process of its own. They know nothing of us."""
