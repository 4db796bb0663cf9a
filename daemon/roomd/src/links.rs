//! A link for each device that the room's file binds to a USB socket or serial number: whoever drives the device opens the link
//! whenever it is there. Knows roles and sysfs; no driver, and not what a device is for.

use identity::{Bell, News, Role, Witness, scan, seat};
use std::collections::BTreeMap;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};
use tracing::{info, warn};

/// Between two looks while messages keep coming.
const PACE: Duration = Duration::from_millis(50);
/// What is plugged is whole when so long nothing more was heard: a module may have to be loaded for it.
const QUIET: Duration = Duration::from_millis(250);
/// Devices that never fall quiet are told of nevertheless.
const LONGEST: Duration = Duration::from_secs(2);
/// How soon the listening thread ends when nobody needs it.
const CHECK: Duration = Duration::from_secs(1);
/// In a container no message comes, and a lost one is not missed for ever.
const AT_LEAST: Duration = Duration::from_secs(10);

/// The links and what was told about them.
#[derive(Debug)]
pub struct Links {
    sys: PathBuf,
    folder: PathBuf,
    roles: Vec<Role>,
    witness: Witness,
}

impl Links {
    /// Links below `folder` for these roles, as they are now. `sys` is `/sys` but for tests.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn lay(sys: &Path, folder: &Path, roles: Vec<Role>) -> io::Result<Links> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o750)
            .create(folder)?;
        let mut links = Links {
            sys: sys.to_owned(),
            folder: folder.to_owned(),
            roles,
            witness: Witness::default(),
        };
        links.relay()?;
        links.tell();
        Ok(links)
    }

    /// Keeps them right until it is dropped.
    pub async fn keep(mut self) {
        let mut rings = listen();
        loop {
            // Without a ring in time: a look all the same.
            let _ = timeout(AT_LEAST, ring(&mut rings)).await;
            let began = Instant::now();
            loop {
                // A link is never left to lead to what is there no more while messages go on.
                self = self.look(Self::relay_or_say).await;
                sleep(PACE).await;
                if began.elapsed() > LONGEST || timeout(QUIET, ring(&mut rings)).await.is_err() {
                    break;
                }
            }
            self = self.look(Self::tell).await;
        }
    }

    /// sysfs answers at once as a rule, and a device in trouble can hold it up.
    async fn look(mut self, look: fn(&mut Self)) -> Self {
        let looked = tokio::task::spawn_blocking(move || {
            look(&mut self);
            self
        });
        match looked.await {
            Ok(links) => links,
            // A panic ends the daemon by itself, and a daemon that ends needs no links.
            Err(_) => core::future::pending().await,
        }
    }

    fn relay_or_say(&mut self) {
        if let Err(error) = self.relay() {
            warn!(folder = %self.folder.display(), %error, "a device's link cannot be set");
        }
    }

    /// What leads nowhere goes first: for a moment a role without a device is better than one with another's.
    fn relay(&self) -> io::Result<()> {
        let machine = scan(&self.sys);
        let seating = seat(&self.roles, &machine);
        let mut wanted: BTreeMap<String, &Path> = seating.nodes();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let leads = fs::read_link(entry.path()).ok();
            match wanted.get(&name) {
                Some(node) if leads.as_deref() == Some(*node) => drop(wanted.remove(&name)),
                _ if leads.is_some() => fs::remove_file(entry.path())?,
                _ => {}
            }
        }
        for (name, node) in wanted {
            symlink(node, self.folder.join(name))?;
        }
        Ok(())
    }

    fn tell(&mut self) {
        for news in self.witness.look(&self.roles, &scan(&self.sys)) {
            match news {
                News::Seated { .. } | News::Settled(_) => info!("{news}"),
                News::Odd(_) => warn!("{news}"),
            }
        }
    }
}

/// Waits until something was plugged, pulled or made ready.
async fn ring(rings: &mut mpsc::Receiver<()>) {
    if rings.recv().await.is_none() {
        core::future::pending().await
    }
}

/// A thread that waits for the bell and ends when nobody listens to it: the runtime itself can watch only sockets of its own.
fn listen() -> mpsc::Receiver<()> {
    let (out, rings) = mpsc::channel(1);
    let wait = move || -> io::Result<()> {
        let bell = Bell::hang()?;
        while !out.is_closed() {
            if bell.heard(CHECK)? {
                // One that waits already says as much.
                let _ = out.try_send(());
            }
        }
        Ok(())
    };
    let say = move || {
        if let Err(error) = wait() {
            let every = AT_LEAST.as_secs();
            warn!(%error, "nobody says what is plugged in; looking every {every} s");
        }
    };
    if let Err(error) = thread::Builder::new()
        .name("device bell".to_owned())
        .spawn(say)
    {
        warn!(%error, "no thread for what is plugged in");
    }
    rings
}

#[cfg(test)]
mod tests {
    use super::*;
    use emulators::puck::Puck;
    use identity::{Binding, Kind};
    use room_core::event::{Event, Presence};
    use room_core::ids::PuckId;

    const USB: &str = "devices/pci0000:00/0000:00:14.0/usb1";

    /// A serial device in port `port`, as far as it matters here; its node is named below `/dev` or by its whole path.
    fn plug(sys: &Path, port: u8, node: &str) {
        let device = sys.join(USB).join(format!("1-{port}"));
        let name = node.rsplit('/').next().unwrap();
        let tty = device.join(format!("1-{port}:1.0/tty/{name}"));
        fs::create_dir_all(&tty).unwrap();
        for (name, text) in [
            ("bDeviceClass", "00"),
            ("idVendor", "0403"),
            ("idProduct", "6001"),
        ] {
            fs::write(device.join(name), text).unwrap();
        }
        fs::write(tty.join("uevent"), format!("DEVNAME={node}\n")).unwrap();
        for (list, target) in [("bus/usb/devices", &device), ("class/tty", &tty)] {
            fs::create_dir_all(sys.join(list)).unwrap();
            let link = sys.join(list).join(target.file_name().unwrap());
            let _ = fs::remove_file(&link);
            symlink(target, link).unwrap();
        }
    }

    fn role(kind: Kind, name: &str, spot: &str) -> Role {
        Role {
            kind,
            name: name.to_owned(),
            binding: Binding::Place {
                spot: spot.parse().unwrap(),
                model: None,
            },
            interface: None,
        }
    }

    fn laid(folder: &Path) -> BTreeMap<String, PathBuf> {
        let entries = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let named = |path: PathBuf| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                fs::read_link(&path).unwrap(),
            )
        };
        entries.map(named).collect()
    }

    #[test]
    fn each_role_has_a_link_as_long_as_its_device_is_there() {
        let box_ = tempfile::tempdir().unwrap();
        let (sys, folder) = (box_.path().join("sys"), box_.path().join("run/devices"));
        plug(&sys, 1, "ttyUSB0");
        plug(&sys, 2, "ttyUSB1");
        let roles = vec![
            role(Kind::Head, "front", "1-1"),
            role(Kind::Head, "rear", "1-2"),
            role(Kind::Head, "side", "1-3"),
        ];
        let links = Links::lay(&sys, &folder, roles).unwrap();
        let leads = |label: &str| laid(&folder).get(label).cloned();
        assert_eq!(leads("ptz-front"), Some("/dev/ttyUSB0".into()));
        assert_eq!(leads("ptz-rear"), Some("/dev/ttyUSB1".into()));
        assert_eq!(leads("ptz-side"), None);
        // Both are pulled and come back in the other order: the nodes change, the roles do not.
        fs::remove_dir_all(sys.join(USB)).unwrap();
        links.relay().unwrap();
        assert!(laid(&folder).is_empty());
        plug(&sys, 2, "ttyUSB0");
        links.relay().unwrap();
        assert_eq!(
            laid(&folder),
            BTreeMap::from([("ptz-rear".to_owned(), "/dev/ttyUSB0".into())])
        );
        plug(&sys, 1, "ttyUSB1");
        links.relay().unwrap();
        assert_eq!(leads("ptz-front"), Some("/dev/ttyUSB1".into()));
    }

    #[test]
    fn links_of_an_earlier_daemon_go_and_other_files_stay() {
        let box_ = tempfile::tempdir().unwrap();
        let folder = box_.path().join("devices");
        fs::create_dir_all(&folder).unwrap();
        symlink("/dev/ttyUSB7", folder.join("ptz-front")).unwrap();
        fs::write(folder.join("note"), "mine").unwrap();
        Links::lay(
            &box_.path().join("sys"),
            &folder,
            vec![role(Kind::Head, "front", "1-1")],
        )
        .unwrap();
        assert!(!folder.join("ptz-front").is_symlink());
        assert!(folder.join("note").exists());
    }

    #[tokio::test(start_paused = true)]
    async fn a_device_that_is_plugged_later_has_its_link_even_when_no_message_comes() {
        let box_ = tempfile::tempdir().unwrap();
        let (sys, folder) = (box_.path().join("sys"), box_.path().join("devices"));
        let links = Links::lay(&sys, &folder, vec![role(Kind::Head, "front", "1-1")]).unwrap();
        let keeping = tokio::spawn(links.keep());
        plug(&sys, 1, "ttyUSB3");
        sleep(AT_LEAST * 2).await;
        assert_eq!(laid(&folder)["ptz-front"], Path::new("/dev/ttyUSB3"));
        fs::remove_dir_all(sys.join(USB)).unwrap();
        sleep(AT_LEAST * 2).await;
        assert!(laid(&folder).is_empty());
        keeping.abort();
    }

    #[tokio::test]
    async fn a_driver_finds_its_own_button_and_never_one_that_took_the_nodes_name() {
        let box_ = tempfile::tempdir().unwrap();
        let (sys, folder) = (box_.path().join("sys"), box_.path().join("devices"));
        let node = box_.path().join("ttyACM0");
        let links = Links::lay(&sys, &folder, vec![role(Kind::Puck, "table", "1-1")]).unwrap();
        let (_handle, inbox) = drv_puck::channel();
        let (out, mut events) = mpsc::channel(8);
        let id = PuckId::new("table");
        let config = drv_puck::Config {
            id: id.clone(),
            path: folder.join("puck-table"),
        };
        let driver = tokio::spawn(drv_puck::supervise(config, inbox, out));
        let mut next = async |limit: u64| {
            timeout(Duration::from_millis(limit), events.recv())
                .await
                .ok()
                .flatten()
        };
        let gone = Some(Event::Puck(id.clone(), Presence::Gone));
        let here = Some(Event::Puck(id, Presence::Here));
        assert_eq!(next(5000).await, gone);
        for _ in 0..2 {
            let own = Puck::start(&node).unwrap();
            plug(&sys, 1, node.to_str().unwrap());
            links.relay().unwrap();
            assert_eq!(next(5000).await, here);
            drop(own);
            fs::remove_dir_all(sys.join(USB)).unwrap();
            links.relay().unwrap();
            assert_eq!(next(5000).await, gone);
            // Another button in another socket, to which the kernel gives the name that is free again.
            let other = Puck::start(&node).unwrap();
            plug(&sys, 2, node.to_str().unwrap());
            links.relay().unwrap();
            assert_eq!(
                next(700).await,
                None,
                "the driver looks every quarter of a second and finds nothing"
            );
            drop(other);
            fs::remove_dir_all(sys.join(USB)).unwrap();
        }
        driver.abort();
    }
}
