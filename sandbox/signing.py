"""The key that signs event webhooks, as SendGrid does: ECDSA over P-256 and SHA-256."""

import base64
import binascii

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class SigningKey:
    """Signs webhook bodies; its public half is handed out in SendGrid's form."""

    def __init__(self, key: ec.EllipticCurvePrivateKey | None = None) -> None:
        self._key = key or ec.generate_private_key(ec.SECP256R1())

    @classmethod
    def read(cls, encoded: str) -> "SigningKey":
        """From the base64 (one line) of a PEM private key; raises ValueError if it is none for P-256."""
        try:
            key = serialization.load_pem_private_key(base64.b64decode(encoded, validate=True), password=None)
        except (binascii.Error, ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise ValueError("not the base64 of a PEM private key on the curve P-256")  # noqa: TRY004 - the text is wrong, not its type
        return cls(key)

    @property
    def public_key(self) -> str:
        """Base64 of the DER form, as SendGrid's settings give it."""
        der = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return base64.b64encode(der).decode()

    def sign(self, timestamp: str, body: bytes) -> str:
        """Base64 of the signature over timestamp and body."""
        return base64.b64encode(self._key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
