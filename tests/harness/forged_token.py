"""JSON Web Tokens as an attacker makes them: any header, any claims, any key, any encoding."""
import base64
import hashlib
import hmac
import json

_HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def encode(part):
    part = part if isinstance(part, (bytes, str)) else json.dumps(part)
    part = part.encode() if isinstance(part, str) else part
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def decode(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def sign(text, key, algorithm="HS256"):
    return encode(hmac.new(key, text.encode(), _HASHES[algorithm]).digest())


def make(claims, key, header=None, algorithm="HS256"):
    """`claims` and `header`: an object, or JSON text as it shall stand there."""
    signed = encode({"alg": algorithm, "typ": "JWT"} if header is None else header) + "." + encode(claims)
    return signed + "." + sign(signed, key, algorithm)
