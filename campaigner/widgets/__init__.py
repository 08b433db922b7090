"""A campaign in somebody else's site: the script, the document in the frame, the short link. No rules of its own."""
