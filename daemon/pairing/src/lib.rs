//! Makes a phone or tablet one of this room's: the code on the room's own display, the brake on wrong tries, and the devices
//! that know it. Knows no HTTP, and not what a device may do once it is paired.

use rand::random_range;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A code is shown for this long, unless it is used before.
const CODE_LASTS: Duration = Duration::from_secs(5 * 60);
/// A phone stays paired for half a day, a tablet of the room for a year.
const PHONE_LASTS: Duration = Duration::from_secs(12 * 3600);
const TABLET_LASTS: Duration = Duration::from_secs(365 * 24 * 3600);
/// More devices than this push the oldest out.
const DEVICES: usize = 32;
/// Wrong tries of one address, and of all together, before a lock begins.
const TRIES_EACH: u32 = 3;
const TRIES_ALL: u32 = 12;
const FIRST_LOCK: Duration = Duration::from_secs(30);
const LONGEST_LOCK: Duration = Duration::from_secs(3600);
/// Wrong tries are forgotten after a day without any.
const FORGET: Duration = Duration::from_secs(24 * 3600);
/// More addresses than this are not told apart.
const ADDRESSES: usize = 512;

/// Codes, brakes and paired devices.
pub struct Pairing {
    inner: Mutex<Inner>,
    file: Option<PathBuf>,
}

struct Inner {
    code: String,
    code_ends: Instant,
    all: Brake,
    each: HashMap<IpAddr, Brake>,
    devices: Vec<Device>,
}

#[derive(Clone, Copy)]
struct Brake {
    wrong: u32,
    last: Instant,
    locked_until: Option<Instant>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Device {
    /// SHA-256 of the cookie, in hexadecimal.
    digest: String,
    until_ms: i64,
}

/// A device that wants to be paired.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// What was typed.
    pub code: &'a str,
    /// Whether it belongs to the room.
    pub stays: bool,
    /// Its address.
    pub from: IpAddr,
}

/// What the room's display shows.
#[derive(Debug)]
pub enum Shown {
    /// The code and how long it lasts.
    Code(String, Duration),
    /// Nobody can pair for this long.
    Locked(Duration),
}

/// A device that has just been paired.
#[derive(Debug)]
pub struct Paired {
    /// What it shows from now on.
    pub cookie: String,
    /// Until when, in milliseconds since 1970.
    pub until_ms: i64,
    /// The same as a length.
    pub lasts: Duration,
}

/// Why a device was not paired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It does not know the code.
    Wrong,
    /// Wrong tries came before; it may try again after this long.
    Locked(Duration),
}

impl Pairing {
    /// Remembers the devices of the file, when there is one; a file that cannot be read counts as empty.
    #[must_use]
    pub fn open(file: Option<PathBuf>) -> Pairing {
        let devices = file.as_deref().map(read_devices).unwrap_or_default();
        let now = Instant::now();
        Pairing {
            file,
            inner: Mutex::new(Inner {
                code: new_code(),
                code_ends: now + CODE_LASTS,
                all: Brake::new(now),
                each: HashMap::new(),
                devices,
            }),
        }
    }

    /// What stands on the room's display now.
    #[must_use]
    pub fn shown(&self) -> Shown {
        let now = Instant::now();
        let mut inner = self.inner();
        inner.renew(now);
        match inner.all.locked_for(now) {
            Some(rest) => Shown::Locked(rest),
            None => Shown::Code(inner.code.clone(), inner.code_ends - now),
        }
    }

    /// Pairs the device at `from` when it knows the code. A code works once.
    ///
    /// # Errors
    /// When the code is another one, or a brake holds.
    pub fn pair(&self, attempt: Attempt<'_>, now_ms: i64) -> Result<Paired, Refused> {
        let Attempt { code, stays, from } = attempt;
        let now = Instant::now();
        let mut inner = self.inner();
        inner.renew(now);
        let from = network(from);
        if let Some(rest) = inner.locked_for(from, now) {
            return Err(Refused::Locked(rest));
        }
        let typed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        if !same(typed.as_bytes(), inner.code.as_bytes()) {
            inner.wrong(from, now);
            return Err(Refused::Wrong);
        }
        inner.code_ends = now;
        inner.renew(now);
        inner.all = Brake::new(now);
        inner.each.remove(&from);
        let lasts = if stays { TABLET_LASTS } else { PHONE_LASTS };
        let until_ms = now_ms.saturating_add_unsigned(lasts.as_secs() * 1000);
        let cookie = secret();
        inner.devices.retain(|device| device.until_ms > now_ms);
        if inner.devices.len() >= DEVICES {
            inner.devices.remove(0);
        }
        inner.devices.push(Device {
            digest: digest(&cookie),
            until_ms,
        });
        let devices = inner.devices.clone();
        drop(inner);
        self.save(devices);
        Ok(Paired {
            cookie,
            until_ms,
            lasts,
        })
    }

    /// Whether this cookie belongs to a paired device.
    #[must_use]
    pub fn knows(&self, cookie: &str, now_ms: i64) -> bool {
        let digest = digest(cookie);
        self.inner().devices.iter().any(|device| {
            device.until_ms > now_ms && same(device.digest.as_bytes(), digest.as_bytes())
        })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save(&self, devices: Vec<Device>) {
        let Some(file) = self.file.clone() else {
            return;
        };
        tokio::task::spawn_blocking(move || {
            if let Err(error) = write_devices(&file, &devices) {
                tracing::warn!(%error, "paired devices could not be kept; they pair anew after a restart");
            }
        });
    }
}

impl Inner {
    fn renew(&mut self, now: Instant) {
        if self.code_ends <= now {
            self.code = new_code();
            self.code_ends = now + CODE_LASTS;
        }
    }

    fn locked_for(&self, from: IpAddr, now: Instant) -> Option<Duration> {
        let each = self.each.get(&from).and_then(|brake| brake.locked_for(now));
        each.max(self.all.locked_for(now))
    }

    fn wrong(&mut self, from: IpAddr, now: Instant) {
        self.each.retain(|_, brake| now - brake.last < FORGET);
        if self.each.len() < ADDRESSES || self.each.contains_key(&from) {
            let brake = self.each.entry(from).or_insert_with(|| Brake::new(now));
            brake.wrong(TRIES_EACH, now);
        }
        self.all.wrong(TRIES_ALL, now);
        tracing::warn!(tries = self.all.wrong, "a wrong pairing code was tried");
        if self.all.locked_until.is_some() {
            self.code_ends = now;
            self.renew(now);
        }
    }
}

impl Brake {
    fn new(now: Instant) -> Brake {
        Brake {
            wrong: 0,
            last: now,
            locked_until: None,
        }
    }

    fn locked_for(&self, now: Instant) -> Option<Duration> {
        let rest = self.locked_until?.saturating_duration_since(now);
        (!rest.is_zero()).then_some(rest)
    }

    fn wrong(&mut self, tries: u32, now: Instant) {
        if now - self.last >= FORGET {
            *self = Brake::new(now);
        }
        self.wrong += 1;
        self.last = now;
        self.locked_until = self.wrong.checked_sub(tries).map(|more| {
            let lock = FIRST_LOCK.saturating_mul(1 << more.min(16));
            now + lock.min(LONGEST_LOCK)
        });
    }
}

/// Addresses of one IPv6 network count as one.
fn network(addr: IpAddr) -> IpAddr {
    match addr.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => {
            let bits = v6.to_bits() & (u128::MAX << 64);
            IpAddr::V6(bits.into())
        }
    }
}

fn new_code() -> String {
    format!("{:06}", random_range(0..1_000_000_u32))
}

/// 256 random bits in hexadecimal.
#[must_use]
pub fn secret() -> String {
    hex::encode(rand::random::<[u8; 32]>())
}

/// Whether two texts are the same, in a time that does not tell where they differ.
#[must_use]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |diff, (x, y)| diff | (x ^ y)) == 0
}

fn digest(cookie: &str) -> String {
    hex::encode(Sha256::digest(cookie.as_bytes()))
}

fn read_devices(file: &std::path::Path) -> Vec<Device> {
    let Ok(text) = std::fs::read_to_string(file) else {
        return Vec::new();
    };
    match serde_json::from_str::<Vec<Device>>(&text) {
        Ok(mut devices) => {
            devices.truncate(DEVICES);
            devices
        }
        Err(error) => {
            tracing::warn!(%error, "the list of paired devices is damaged; they pair anew");
            Vec::new()
        }
    }
}

fn write_devices(file: &std::path::Path, devices: &[Device]) -> std::io::Result<()> {
    use std::io::Write;
    let folder = file.parent().unwrap_or(std::path::Path::new("."));
    let mut fresh = tempfile::NamedTempFile::new_in(folder)?;
    fresh.write_all(&serde_json::to_vec(devices)?)?;
    fresh.as_file().sync_all()?;
    fresh.persist(file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 7));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 8));

    fn code(pairing: &Pairing) -> String {
        match pairing.shown() {
            Shown::Code(code, _) => code,
            Shown::Locked(rest) => panic!("locked for {rest:?}"),
        }
    }

    fn by(code: &str, stays: bool, from: IpAddr) -> Attempt<'_> {
        Attempt { code, stays, from }
    }

    fn wrong_code(pairing: &Pairing) -> String {
        let right: u32 = code(pairing).parse().unwrap();
        format!("{:06}", (right + 1) % 1_000_000)
    }

    #[tokio::test(start_paused = true)]
    async fn a_code_pairs_once() {
        let pairing = Pairing::open(None);
        let shown = code(&pairing);
        let spaced = format!("{} {}", &shown[..3], &shown[3..]);
        let paired = pairing.pair(by(&spaced, false, PHONE), 1_000).ok().unwrap();
        assert!(pairing.knows(&paired.cookie, 1_000));
        assert!(!pairing.knows(&paired.cookie, paired.until_ms));
        assert_ne!(code(&pairing), shown);
        assert_eq!(
            pairing.pair(by(&shown, false, OTHER), 1_000).err(),
            Some(Refused::Wrong)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_code_is_renewed_after_five_minutes() {
        let pairing = Pairing::open(None);
        let first = code(&pairing);
        tokio::time::advance(CODE_LASTS).await;
        assert_ne!(code(&pairing), first);
    }

    #[tokio::test(start_paused = true)]
    async fn three_wrong_tries_lock_an_address_longer_and_longer() {
        let pairing = Pairing::open(None);
        for _ in 0..TRIES_EACH {
            let wrong = wrong_code(&pairing);
            let refused = pairing.pair(by(&wrong, false, PHONE), 0).err();
            assert_eq!(refused, Some(Refused::Wrong));
        }
        let refused = pairing.pair(by(&code(&pairing), false, PHONE), 0).err();
        assert_eq!(refused, Some(Refused::Locked(FIRST_LOCK)));
        tokio::time::advance(FIRST_LOCK).await;
        let wrong = wrong_code(&pairing);
        assert_eq!(
            pairing.pair(by(&wrong, false, PHONE), 0).err(),
            Some(Refused::Wrong)
        );
        let refused = pairing.pair(by(&code(&pairing), false, PHONE), 0).err();
        assert_eq!(refused, Some(Refused::Locked(FIRST_LOCK * 2)));
        assert!(pairing.pair(by(&code(&pairing), false, OTHER), 0).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn many_addresses_together_lock_pairing_and_change_the_code() {
        let pairing = Pairing::open(None);
        let first = code(&pairing);
        for n in 0..TRIES_ALL {
            let from = IpAddr::from([10, 0, 1, u8::try_from(n).unwrap()]);
            let _ = pairing.pair(by("x", false, from), 0);
        }
        assert!(matches!(pairing.shown(), Shown::Locked(_)));
        tokio::time::advance(FIRST_LOCK).await;
        assert_ne!(code(&pairing), first);
    }

    #[tokio::test(start_paused = true)]
    async fn a_tablet_is_remembered_over_a_restart_by_digest_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("paired.json");
        let pairing = Pairing::open(None);
        let paired = pairing
            .pair(by(&code(&pairing), true, PHONE), 0)
            .ok()
            .unwrap();
        write_devices(&file, &pairing.inner().devices).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains(&paired.cookie));
        assert!(Pairing::open(Some(file)).knows(&paired.cookie, 1));
    }
}
