"""What PyJWT says of a token: verify_jwt.py JWKS_URL AUDIENCE ISSUER TOKEN."""

import json
import sys

import jwt

jwks_url, audience, issuer, token = sys.argv[1:]
required = ["exp", "iat", "nbf", "iss", "aud", "sub", "jti"]
try:
    key = jwt.PyJWKClient(jwks_url).get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, algorithms=["EdDSA", "ES256", "RS256"], audience=audience, issuer=issuer, options={"require": required})
    print(json.dumps({"claims": claims}))
except jwt.PyJWTError as error:
    print(json.dumps({"error": type(error).__name__}))
