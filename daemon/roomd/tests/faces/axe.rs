//! Judges a page by the rules of axe-core. Knows no page.

use super::chrome::Tab;
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// Rules that a page breaks; the script must have been given to it.
pub async fn broken(tab: &Tab) -> Value {
    tab.eval(
        "axe.run(document, { resultTypes: ['violations'] }).then((r) => r.violations.map((v) => \
         v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.target + ' ' + (n.any[0]?.message ?? n.failureSummary)).join('; ')))",
    )
    .await
}

/// The rules' script, fetched once from the npm registry into the target folder.
pub fn axe() -> Option<&'static str> {
    static SCRIPT: OnceLock<Option<String>> = OnceLock::new();
    let script = SCRIPT.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("axe");
        let file = folder.join("node_modules/axe-core/axe.min.js");
        if !file.exists() {
            std::fs::create_dir_all(&folder).unwrap();
            let mut npm = Command::new("npm");
            npm.args([
                "install",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--prefix",
            ]);
            let ran = npm.arg(&folder).arg("axe-core@4").output();
            if let Ok(out) = ran.as_ref()
                && !out.status.success()
            {
                eprintln!("{}", String::from_utf8_lossy(&out.stderr));
            }
        }
        std::fs::read_to_string(file).ok()
    });
    if script.is_none() {
        assert_ne!(
            std::env::var("ROOMD_TESTS").as_deref(),
            Ok("all"),
            "axe-core could not be fetched"
        );
        eprintln!("SKIPPED: the package axe-core is not there and npm could not fetch it");
    }
    script.as_deref()
}
