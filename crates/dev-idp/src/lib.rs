//! A small OpenID provider on loopback with two demo users, for 'serve --dev'.
