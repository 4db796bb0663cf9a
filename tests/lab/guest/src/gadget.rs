//! A USB device made of the kernel's own parts (`dummy_hcd` and gadget functions): it is enumerated like a real one, with an
//! identity of the test's choice, and can be plugged in and pulled without the host's help.

use crate::{run, write};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

const GADGETS: &str = "/sys/kernel/config/usb_gadget";

/// What a device says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The maker's number.
    pub vendor: u16,
    /// The product's number.
    pub product: u16,
    /// The maker's name.
    pub manufacturer: &'static str,
    /// The product's name.
    pub name: &'static str,
    /// Its serial number.
    pub serial: &'static str,
}

/// What a device can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Function {
    /// A serial line by the CDC-ACM class: `/dev/ttyACM*` for the driver; the device's own end is [`Gadget::line`].
    Acm,
    /// A HID device with this report descriptor; the device's own end is `/dev/hidg0`.
    Hid {
        /// What its reports mean.
        descriptor: Vec<u8>,
        /// Bytes of its longest report.
        longest_report: u16,
    },
}

/// A USB device that is not there. Dropping it takes it apart, and waits for ever while a cable still holds its line.
#[derive(Debug)]
pub struct Gadget {
    folder: PathBuf,
    functions: Vec<&'static str>,
}

impl Gadget {
    /// Puts a device together; it is not plugged in yet. One test can have one.
    ///
    /// # Errors
    /// The kernel refuses a part.
    pub fn new(identity: Identity, functions: &[Function]) -> Result<Gadget> {
        run("modprobe", &["-a", "dummy_hcd", "libcomposite"])?;
        let folder = Path::new(GADGETS).join("lab");
        // What a test left that was cut off in the middle.
        drop(Gadget {
            folder: folder.clone(),
            functions: vec!["acm.lab", "hid.lab"],
        });
        fs::create_dir(&folder).context("making a gadget")?;
        let mut gadget = Gadget {
            folder,
            functions: Vec::new(),
        };
        write(gadget.at("idVendor"), &format!("{:#06x}", identity.vendor))?;
        write(
            gadget.at("idProduct"),
            &format!("{:#06x}", identity.product),
        )?;
        fs::create_dir(gadget.at("strings/0x409"))?;
        write(
            gadget.at("strings/0x409/manufacturer"),
            identity.manufacturer,
        )?;
        write(gadget.at("strings/0x409/product"), identity.name)?;
        write(gadget.at("strings/0x409/serialnumber"), identity.serial)?;
        fs::create_dir(gadget.at("configs/c.1"))?;
        for function in functions {
            gadget.add(function)?;
        }
        Ok(gadget)
    }

    fn at(&self, part: &str) -> PathBuf {
        self.folder.join(part)
    }

    fn add(&mut self, function: &Function) -> Result<()> {
        let name = match function {
            Function::Acm => "acm.lab",
            Function::Hid { .. } => "hid.lab",
        };
        let folder = self.at("functions").join(name);
        fs::create_dir(&folder).with_context(|| format!("making the function {name}"))?;
        self.functions.push(name);
        if let Function::Hid {
            descriptor,
            longest_report,
        } = function
        {
            write(folder.join("report_length"), &longest_report.to_string())?;
            fs::write(folder.join("report_desc"), descriptor)
                .context("giving the report descriptor")?;
        }
        std::os::unix::fs::symlink(&folder, self.at("configs/c.1").join(name))?;
        Ok(())
    }

    /// The device's own end of its ACM line.
    ///
    /// # Errors
    /// It has none.
    pub fn line(&self) -> Result<PathBuf> {
        let number = crate::read(self.at("functions/acm.lab/port_num"))?;
        Ok(PathBuf::from(format!("/dev/ttyGS{number}")))
    }

    /// Plugs it in.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn plug(&self) -> Result<()> {
        let Some(controller) = fs::read_dir("/sys/class/udc")?.next() else {
            bail!("no controller for gadgets: is dummy_hcd loaded?");
        };
        write(self.at("UDC"), &controller?.file_name().to_string_lossy())
    }

    /// Pulls it.
    ///
    /// # Errors
    /// It is not plugged in.
    pub fn unplug(&self) -> Result<()> {
        write(self.at("UDC"), "\n")
    }
}

impl Drop for Gadget {
    fn drop(&mut self) {
        let _ = self.unplug();
        for name in &self.functions {
            let _ = fs::remove_file(self.at("configs/c.1").join(name));
            let _ = fs::remove_dir(self.at("functions").join(name));
        }
        for part in ["configs/c.1", "strings/0x409", ""] {
            let _ = fs::remove_dir(self.at(part));
        }
    }
}
