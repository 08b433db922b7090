"""The struggle: story, translations, demands, target, updates, life cycle, placements, its public pages."""
