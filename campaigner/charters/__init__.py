"""A charter that organisations co-sign: what it says, who stands under it, and how a name gets there."""
