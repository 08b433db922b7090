"""Action alerts: who gets one, what it says, a test to oneself, and the send that can be watched and stopped."""
