"""People from elsewhere: files of other programs, with the proof that they said yes; and the way back."""
