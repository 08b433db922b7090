"""The private key that signs our mail: read from PEM, and only one that receivers accept."""

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

SMALLEST = 2048  # bits; RFC 8301, 3.2, and what the large receivers ask


def rsa_key(text: str) -> RSAPrivateKey:
    """The RSA private key of a PEM text. Raises ValueError with the end of a sentence that begins with its name."""
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except TypeError:
        raise ValueError("is locked with a password; use a key without one, readable by Campaigner alone") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("is not a private key in PEM; make one with: campaigner mail key FILE") from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("is not an RSA key; the large receivers check no other kind (campaigner mail key FILE)")
    if key.key_size < SMALLEST:
        raise ValueError(f"is a key of {key.key_size} bits; use {SMALLEST} or more (campaigner mail key FILE)")
    return key


def setting(raw: str) -> str:
    """The PEM text that MAIL_DKIM_KEY gives: its file's, or its own, where line ends may be written as `\\n`.

    "" when it is empty. Raises ValueError; never repeats the setting, which may be a damaged key.
    """
    if not raw.strip():
        return ""
    text = raw.replace("\\n", "\n").strip()
    if not text.startswith("-----BEGIN"):
        try:
            text = Path(raw.strip()).read_text(encoding="utf-8")
        except OSError as error:
            raise ValueError(f"is no key, nor the path of a file that can be read: {error.strerror}") from None
        except ValueError:  # not text, or no path
            text = ""
    rsa_key(text)
    return text
