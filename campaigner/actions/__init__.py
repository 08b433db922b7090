"""What every act on a campaign shares: form basics, dedupe, confirmation, attribution, counting."""
