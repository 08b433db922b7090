"""The form under a petition: what every act asks, nothing more."""

from campaigner.actions.forms import ActForm


class PetitionForm(ActForm):
    """Sign."""
