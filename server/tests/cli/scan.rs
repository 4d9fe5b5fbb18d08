use latchkey_types::secret::{SecretKind, compose};

use crate::program::Program;

#[test]
fn finds_secrets_and_never_prints_them() {
    let program = Program::new();
    let secret = compose("lk", SecretKind::Live, "7Gk2mPq9XzRtA1b2", &[7; 32]);
    program.write("src/clean.rs", "let key = \"lk_live_looks_like_one\";\n");
    assert_eq!(program.run(&["scan", "src"]).status.code(), Some(0));

    program.write("src/deep/leak.env", &format!("# settings\nKEY={secret}\n"));
    program.write("src/image.bin", &format!("\0{secret}"));
    let found = program.run(&["scan", "src"]);
    assert_eq!(found.status.code(), Some(1));
    assert_eq!(String::from_utf8(found.stdout).unwrap(), "src/deep/leak.env:2:5 live 7Gk2mPq9XzRtA1b2\n");

    // another brand's secrets are another's
    assert_eq!(program.run_with(&["scan", "src"], &[("LATCHKEY_BRAND", "acme")]).status.code(), Some(0));
    assert_eq!(program.run(&["scan"]).status.code(), Some(2));
    assert_eq!(program.run(&["scan", "missing"]).status.code(), Some(1));
}
