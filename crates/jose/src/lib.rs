//! Strict JWS, JWT and JWK rules (RFC 7515, 7517, 7519, 8037, 8725).
