//! What can be plugged into a guest and pulled while it runs, as its tests ask; and the cables of serial adapters.
//! A cable carries bytes only while its adapter is plugged in: what is said to a pulled plug is lost.

use crate::machine::Lines;
use crate::picture::Picture;
use anyhow::{Context, Result, bail};
use lab_guest::host::{Device, Request};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// QEMU answers at once; a guest cannot hold a USB plug.
const QMP_LIMIT: Duration = Duration::from_secs(20);

/// The devices of one guest. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Devices(Arc<Mutex<Inside>>);

#[derive(Debug)]
struct Inside {
    qmp: BufReader<UnixStream>,
    plugged: BTreeSet<Device>,
    /// Names of devices that QEMU has let go of.
    gone: BTreeSet<String>,
}

impl Devices {
    /// Takes the lines to QEMU and to the guest's tests, and answers what they ask until the guest ends.
    ///
    /// # Errors
    /// QEMU does not speak.
    pub fn serve(lines: Lines) -> Result<(Devices, UnixStream)> {
        lines.qmp.set_read_timeout(Some(QMP_LIMIT))?;
        let mut inside = Inside {
            qmp: BufReader::new(lines.qmp),
            plugged: BTreeSet::new(),
            gone: BTreeSet::new(),
        };
        inside.command(&json!({ "execute": "qmp_capabilities" }))?;
        let devices = Devices(Arc::new(Mutex::new(inside)));
        for (device, (near, far)) in lines.wires {
            let (near_back, far_back) = (near.try_clone()?, far.try_clone()?);
            devices.clone().carry(device, near, far_back);
            devices.clone().carry(device, far, near_back);
        }
        let answering = devices.clone();
        let requests = lines.requests;
        std::thread::spawn(move || answering.answer(requests));
        Ok((devices, lines.agent))
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything pulled, as every test finds it.
    ///
    /// # Errors
    /// QEMU refuses or is gone.
    pub fn pull_all(&self) -> Result<()> {
        let mut inside = self.lock();
        while let Some(device) = inside.plugged.first().copied() {
            inside.unplug(device)?;
        }
        Ok(())
    }

    /// Plugs a device in.
    ///
    /// # Errors
    /// QEMU refuses or is gone.
    pub fn plug(&self, device: Device) -> Result<()> {
        self.lock().plug(device)
    }

    /// What the display shows now.
    ///
    /// # Errors
    /// QEMU refuses or is gone; or nothing was ever shown.
    pub fn picture(&self) -> Result<Picture> {
        let file = tempfile::NamedTempFile::new()?;
        let arguments = json!({ "filename": file.path(), "device": "screen" });
        self.lock()
            .command(&json!({ "execute": "screendump", "arguments": arguments }))
            .context("looking at the display")?;
        Picture::ppm(&std::fs::read(file.path())?)
    }

    /// Presses a key of the keyboard at the display, by its name in QEMU.
    ///
    /// # Errors
    /// QEMU refuses or is gone.
    pub fn press(&self, key: &str) -> Result<()> {
        let arguments = json!({ "keys": [{ "type": "qcode", "data": key }] });
        self.lock()
            .command(&json!({ "execute": "send-key", "arguments": arguments }))
            .with_context(|| format!("pressing {key}"))
    }

    fn answer(&self, requests: UnixStream) {
        let Ok(mut back) = requests.try_clone() else {
            return;
        };
        for line in BufReader::new(requests).lines().map_while(Result::ok) {
            let answer = match Request::parse(&line) {
                Some(Request::Plug(device)) => self.lock().plug(device),
                Some(Request::Unplug(device)) => self.lock().unplug(device),
                Some(Request::PressPower) => self.lock().press_power(),
                None => Err(anyhow::anyhow!("nobody here knows what '{line}' means")),
            };
            let text = match answer {
                Ok(()) => "ok\n".to_owned(),
                Err(error) => format!("{error:#}\n").replace('\n', " ") + "\n",
            };
            if back.write_all(text.as_bytes()).is_err() {
                return;
            }
        }
    }

    /// One direction of a cable.
    fn carry(self, device: Device, mut from: UnixStream, mut to: UnixStream) {
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = from.read(&mut buffer) {
                if self.lock().plugged.contains(&device) && to.write_all(&buffer[..count]).is_err()
                {
                    return;
                }
            }
        });
    }
}

impl Inside {
    fn plug(&mut self, device: Device) -> Result<()> {
        if self.plugged.contains(&device) {
            return Ok(());
        }
        let name = device.name();
        let mut arguments = match device {
            Device::FtdiA | Device::FtdiB => {
                json!({ "driver": "usb-serial", "chardev": format!("wire-{name}"), "always-plugged": true, "serial": "LAB" })
            }
            Device::Speaker => json!({ "driver": "usb-audio", "audiodev": "silent" }),
            Device::Keyboard => json!({ "driver": "usb-kbd" }),
        };
        arguments["id"] = json!(name);
        arguments["bus"] = json!("usb.0");
        arguments["port"] = json!(device.port());
        self.command(&json!({ "execute": "device_add", "arguments": arguments }))
            .with_context(|| format!("plugging in {name}"))?;
        self.plugged.insert(device);
        Ok(())
    }

    fn unplug(&mut self, device: Device) -> Result<()> {
        if !self.plugged.remove(&device) {
            return Ok(());
        }
        let name = device.name();
        self.gone.remove(name);
        self.command(&json!({ "execute": "device_del", "arguments": { "id": name } }))
            .with_context(|| format!("pulling {name}"))?;
        // Until then its end of the wire is taken, and the device could not be plugged in again.
        while !self.gone.contains(name) {
            self.hear()
                .with_context(|| format!("waiting for {name} to be out"))?;
        }
        Ok(())
    }

    /// What a machine makes of it is the guest's affair.
    fn press_power(&mut self) -> Result<()> {
        self.command(&json!({ "execute": "system_powerdown" }))
            .context("pressing the power button")
    }

    fn command(&mut self, command: &Value) -> Result<()> {
        let mut text = command.to_string();
        text.push('\n');
        self.qmp.get_mut().write_all(text.as_bytes())?;
        loop {
            let answer = self.hear()?;
            if let Some(error) = answer.get("error") {
                bail!("{}", error["desc"].as_str().unwrap_or("QEMU refuses"));
            }
            // Greetings and events pass.
            if answer.get("return").is_some() {
                return Ok(());
            }
        }
    }

    /// The next thing that QEMU says.
    fn hear(&mut self) -> Result<Value> {
        let mut line = String::new();
        if self.qmp.read_line(&mut line).context("waiting for QEMU")? == 0 {
            bail!("the guest has ended");
        }
        let said: Value = serde_json::from_str(&line).context("reading what QEMU says")?;
        if said["event"] == "DEVICE_DELETED"
            && let Some(name) = said["data"]["device"].as_str()
        {
            self.gone.insert(name.to_owned());
        }
        Ok(said)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail loudly")]
    use super::*;

    const RETURN: &str = "{\"return\": {}}\n";
    const OUT: &str = "{\"event\": \"DEVICE_DELETED\", \"data\": {\"device\": \"ftdi-a\"}}\n";

    /// A guest with one adapter, whose QEMU says this and ends.
    fn plugged(says: &[&str]) -> Inside {
        let (ours, mut qemu) = UnixStream::pair().unwrap();
        qemu.write_all(says.concat().as_bytes()).unwrap();
        // Kept open for what is said to it.
        std::thread::spawn(move || {
            let _ = qemu.shutdown(std::net::Shutdown::Write);
            let _ = std::io::copy(&mut qemu, &mut std::io::sink());
        });
        Inside {
            qmp: BufReader::new(ours),
            plugged: BTreeSet::from([Device::FtdiA]),
            gone: BTreeSet::new(),
        }
    }

    #[test]
    fn a_pulled_device_is_out_only_when_qemu_has_let_go_of_it() {
        plugged(&[RETURN, OUT]).unplug(Device::FtdiA).unwrap();
        plugged(&[OUT, RETURN]).unplug(Device::FtdiA).unwrap();
        let error = plugged(&[RETURN]).unplug(Device::FtdiA).unwrap_err();
        assert!(error.to_string().contains("to be out"), "{error}");
    }

    #[test]
    fn a_refusal_keeps_its_reason() {
        let mut inside = plugged(&["{\"error\": {\"desc\": \"is in use\"}}\n"]);
        let error = inside.plug(Device::FtdiB).unwrap_err();
        assert!(format!("{error:#}").ends_with("is in use"), "{error:#}");
        assert!(!inside.plugged.contains(&Device::FtdiB));
    }
}
