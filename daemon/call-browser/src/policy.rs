//! Writes Chromium's managed policy from the table of allowed origins: which pages may be opened, which may use
//! microphone and camera, and what a kiosk must not do at all. Knows the policy's names; starts nothing.
//!
//! Microphone and camera are granted here, per origin, and nowhere else: flags that grant them to every page are banned.
//! `RemoteDebuggingAllowed` and `DeveloperToolsAvailability` must stay unset, or the debugging pipe dies with them.

use crate::allow::Allowed;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Where Debian's Chromium looks for managed policies.
pub const FOLDER: &str = "/etc/chromium/policies/managed";
/// The name of our file there.
pub const FILE: &str = "roomd.json";

/// Between reminders, see [`remind`]. A change that Chromium sees, it takes up after five to ten seconds.
const REMINDERS: [Duration; 2] = [Duration::from_secs(8); 2];

/// What the policy is made from.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The room's own pages.
    pub own: Vec<Allowed>,
    /// Conference services: may be opened, and may use microphone and camera.
    pub services: Vec<Allowed>,
    /// Pages that services need on the way (sign-in, captcha): may be opened, and get nothing.
    pub passage: Vec<Allowed>,
    /// Certificate authorities to trust besides the system's, as DER. They must be authorities (CA:TRUE): Chromium
    /// refuses a plain server certificate here.
    pub authorities: Vec<Authority>,
}

/// A certificate authority that is trusted for some names only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// The certificate, as DER.
    pub der: Vec<u8>,
    /// Names it may vouch for, with all below them. With addresses empty too, it may vouch for everything.
    pub names: Vec<String>,
    /// Networks it may vouch for, such as `192.168.0.0/16`.
    pub networks: Vec<String>,
}

const SCHEMES_TO_OTHER_PROGRAMS: &[&str] = &[
    "zoommtg",
    "zoomus",
    "msteams",
    "ms-teams",
    "wbx",
    "webex",
    "webexteams",
    "gotomeeting",
    "pexip",
    "sip",
    "sips",
    "tel",
    "callto",
    "mailto",
    "facetime",
    "intent",
];

/// The policy file's text.
pub fn managed(table: &Table) -> String {
    let mut policy = quiet_kiosk();
    let pages = table
        .own
        .iter()
        .chain(&table.services)
        .chain(&table.passage);
    let mut open: Vec<String> = pages.map(Allowed::filter).collect();
    open.push("about:blank".to_owned());
    let devices: Vec<String> = table.services.iter().map(Allowed::pattern).collect();
    let mut blocked = vec![
        "*".to_owned(),
        "chrome://*".to_owned(),
        "chrome-untrusted://*".to_owned(),
    ];
    blocked.extend(
        SCHEMES_TO_OTHER_PROGRAMS
            .iter()
            .map(|scheme| format!("{scheme}:*")),
    );
    policy["URLBlocklist"] = json!(blocked);
    policy["URLAllowlist"] = json!(open);
    policy["AudioCaptureAllowedUrls"] = json!(devices);
    policy["VideoCaptureAllowedUrls"] = json!(devices);
    policy["AutoplayAllowlist"] = json!(devices);
    let (limited, full): (Vec<_>, Vec<_>) = table
        .authorities
        .iter()
        .partition(|a| !a.names.is_empty() || !a.networks.is_empty());
    if !full.is_empty() {
        policy["CACertificates"] = full
            .iter()
            .map(|authority| STANDARD.encode(&authority.der))
            .collect::<Value>();
    }
    if !limited.is_empty() {
        policy["CACertificatesWithConstraints"] =
            limited.into_iter().map(limited_authority).collect();
    }
    serde_json::to_string_pretty(&policy).expect("a JSON value always serialises") + "\n"
}

fn limited_authority(authority: &Authority) -> Value {
    json!({
        "certificate": STANDARD.encode(&authority.der),
        "constraints": { "permitted_dns_names": authority.names, "permitted_cidrs": authority.networks },
    })
}

const OFF: &[&str] = &[
    "AudioCaptureAllowed",
    "VideoCaptureAllowed",
    "ScreenCaptureAllowed",
    "AllowFileSelectionDialogs",
    "PrintingEnabled",
    "PasswordManagerEnabled",
    "AutofillAddressEnabled",
    "AutofillCreditCardEnabled",
    "PaymentMethodQueryEnabled",
    "BrowserAddPersonEnabled",
    "BrowserGuestModeEnabled",
    "ExternalProtocolDialogShowAlwaysOpenCheckbox",
    "BackgroundModeEnabled",
    "MetricsReportingEnabled",
    "SearchSuggestEnabled",
    "SpellCheckServiceEnabled",
    "TranslateEnabled",
    "UrlKeyedAnonymizedDataCollectionEnabled",
    "PromotionsEnabled",
    "BookmarkBarEnabled",
    "EditBookmarksEnabled",
    "DefaultBrowserSettingEnabled",
    "AlternateErrorPagesEnabled",
    "AllowDinosaurEasterEgg",
];
const ON: &[&str] = &[
    "SyncDisabled",
    "SavingBrowserHistoryDisabled",
    "HideWebStoreIcon",
    "FullscreenAllowed",
];
const NUMBERS: &[(&str, u8)] = &[
    ("DownloadRestrictions", 3),
    ("BrowserSignin", 0),
    ("DefaultPopupsSetting", 2),
    ("DefaultNotificationsSetting", 2),
    ("DefaultGeolocationSetting", 2),
    ("DefaultSensorsSetting", 2),
    ("DefaultWebUsbGuardSetting", 2),
    ("DefaultWebHidGuardSetting", 2),
    ("DefaultSerialGuardSetting", 2),
    ("DefaultWebBluetoothGuardSetting", 2),
    ("DefaultFileSystemReadGuardSetting", 2),
    ("DefaultFileSystemWriteGuardSetting", 2),
    ("DefaultClipboardSetting", 2),
    ("DefaultLocalFontsSetting", 2),
    ("DefaultWindowManagementSetting", 2),
    ("SafeBrowsingProtectionLevel", 0),
    ("NetworkPredictionOptions", 2),
];

/// What holds for every room: nothing to download, print, save, sign in to, install or plug in.
fn quiet_kiosk() -> Value {
    let off = OFF.iter().map(|name| ((*name).to_owned(), json!(false)));
    let on = ON.iter().map(|name| ((*name).to_owned(), json!(true)));
    let numbers = NUMBERS
        .iter()
        .map(|(name, number)| ((*name).to_owned(), json!(number)));
    let mut policy: Value = off.chain(on).chain(numbers).collect();
    policy["ExtensionInstallBlocklist"] = json!(["*"]);
    policy
}

/// Puts the policy where Chromium reads it, whole or not at all. Chromium reads changes of itself within seconds, and at
/// its start; says whether anything changed.
///
/// # Errors
/// The folder or file cannot be written: only root may, and whom the package lent folder and file to.
pub fn install(folder: &Path, text: &str) -> io::Result<bool> {
    let path = folder.join(FILE);
    if std::fs::read_to_string(&path).is_ok_and(|there| there == text) {
        return Ok(false);
    }
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let Ok(old) = std::fs::symlink_metadata(&path) {
        // Only root can, and only its keeper needs to: the daemon has to find its own file again.
        let _ = fchown(&file, Some(old.uid()), Some(old.gid()));
    }
    file.as_file()
        .set_permissions(std::fs::Permissions::from_mode(0o644))?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(true)
}

/// As [`install`] where another policy stands than this one, and nothing where none does: whoever begins the browser writes the first,
/// from what it could read at that moment.
///
/// # Errors
/// As [`install`].
pub fn put_right(folder: &Path, text: &str) -> io::Result<bool> {
    match folder.join(FILE).try_exists()? {
        true => install(folder, text),
        false => Ok(false),
    }
}

/// Dates the policy anew a few times after it was written under a Chromium that runs. Of about fifteen changes one is missed by
/// Chromium (156, on a busy machine), which would look again only a quarter of an hour later; a later date it sees.
///
/// # Errors
/// The file is gone, or may not be dated.
pub async fn remind(folder: &Path) -> io::Result<()> {
    let path = folder.join(FILE);
    for pause in REMINDERS {
        tokio::time::sleep(pause).await;
        let file = std::fs::File::options().append(true).open(&path)?;
        file.set_modified(SystemTime::now())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(table: &Table) -> Value {
        serde_json::from_str(&managed(table)).unwrap()
    }

    fn table() -> Table {
        Table {
            own: vec![Allowed::parse("http://127.0.0.1:8080").unwrap()],
            services: vec![Allowed::parse("https://*.meet.example").unwrap()],
            passage: vec![Allowed::parse("https://login.example").unwrap()],
            authorities: Vec::new(),
        }
    }

    #[test]
    fn only_services_get_microphone_and_camera() {
        let policy = policy(&table());
        for key in ["AudioCaptureAllowedUrls", "VideoCaptureAllowedUrls"] {
            assert_eq!(policy[key], json!(["https://[*.]meet.example"]));
        }
        let open = json!([
            "http://127.0.0.1:8080",
            "https://meet.example",
            "https://.login.example",
            "about:blank"
        ]);
        assert_eq!(policy["URLAllowlist"], open);
        assert_eq!(policy["URLBlocklist"][0], "*");
    }

    #[test]
    fn nothing_in_it_breaks_the_debugging_pipe() {
        let policy = policy(&Table::default());
        for key in [
            "RemoteDebuggingAllowed",
            "DeveloperToolsAvailability",
            "DeveloperToolsDisabled",
        ] {
            assert_eq!(policy.get(key), None, "{key}");
        }
    }

    #[test]
    fn the_file_is_replaced_whole_and_only_when_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a/b");
        assert!(install(&place, "one").unwrap());
        assert!(!install(&place, "one").unwrap());
        assert!(install(&place, "two").unwrap());
        assert_eq!(std::fs::read_to_string(place.join(FILE)).unwrap(), "two");
        assert_eq!(
            std::fs::metadata(place.join(FILE))
                .unwrap()
                .permissions()
                .mode()
                & 0o777,
            0o644
        );
        assert_eq!(std::fs::read_dir(&place).unwrap().count(), 1);
        assert!(put_right(&place, "three").unwrap());
        std::fs::remove_file(place.join(FILE)).unwrap();
        assert!(!put_right(&place, "three").unwrap());
        assert_eq!(std::fs::read_dir(&place).unwrap().count(), 0);
    }
}
