//! Files of other programs that roomd writes for them as root, into folders of their own accounts. Knows nothing of what they say.

use anyhow::{Context, Result};
use std::fs::{DirBuilder, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

/// Whole or not at all, and never through a link: root writes here, into a folder of another account.
pub(crate) fn write_whole(folder: &Path, file: &Path, text: &str) -> Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o755).create(folder);
    made.with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let written = || -> std::io::Result<()> {
        let mut draft = tempfile::NamedTempFile::new_in(folder)?;
        draft.write_all(text.as_bytes())?;
        draft
            .as_file()
            .set_permissions(Permissions::from_mode(0o644))?;
        draft.as_file().sync_all()?;
        draft.persist(file)?;
        Ok(())
    };
    written().with_context(|| format!("cannot write {}", file.display()))
}
