"""What every room stands on: database, queue, crypto, tokens, languages, web basics. It knows no domain word."""
