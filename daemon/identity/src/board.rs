//! Which board this is, by what its firmware and its processor say of themselves. Knows no board by name.

use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;

/// What a board is recognised by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marks {
    /// Names in the device tree.
    pub compatible: Vec<String>,
    /// Names of the board or product in the firmware's tables.
    pub products: Vec<String>,
    /// Beginnings of the processor's name.
    pub processors: Vec<String>,
    /// The architecture, of a board that stands for every other machine of its kind.
    pub architecture: Option<String>,
}

/// What a machine says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signs {
    /// The device tree's `compatible`, the most special first.
    pub compatible: Vec<String>,
    /// Names of board and product in the firmware's tables.
    pub products: Vec<String>,
    /// The processor's name.
    pub processor: Option<String>,
    /// The architecture, as Rust calls it.
    pub architecture: String,
}

/// The sign by which a board was recognised; the first kind is the surest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sign {
    /// The device tree says so.
    DeviceTree(String),
    /// The firmware's tables say so.
    Product(String),
    /// The processor is one of this kind of machine.
    Processor(String),
    /// Nothing but the architecture fits.
    Architecture(String),
}

impl Signs {
    /// Reads them below this folder, which is `/` but for tests. What is not there is not said.
    pub fn read(root: &Path) -> Signs {
        let text = |path: &str| fs::read_to_string(root.join(path)).ok();
        let names = text("proc/device-tree/compatible").unwrap_or_default();
        let products = ["board_name", "product_name"]
            .into_iter()
            .filter_map(|file| text(&format!("sys/class/dmi/id/{file}")));
        Signs {
            compatible: names.split_terminator('\0').map(str::to_owned).collect(),
            products: products.map(|name| name.trim().to_owned()).collect(),
            processor: text("proc/cpuinfo").and_then(|info| processor(&info)),
            architecture: std::env::consts::ARCH.to_owned(),
        }
    }

    /// The board that fits best, and why. Of the device tree's names the most special counts; of two boards that fit alike, the first.
    pub fn recognise<'a, T>(
        &self,
        boards: impl Iterator<Item = (T, &'a Marks)>,
    ) -> Option<(T, Sign)> {
        boards
            .filter_map(|(board, marks)| self.fits(marks).map(|(rank, sign)| (rank, board, sign)))
            .reduce(|best, other| if other.0 < best.0 { other } else { best })
            .map(|(_, board, sign)| (board, sign))
    }

    /// How well a board fits; the lower, the better.
    fn fits(&self, marks: &Marks) -> Option<(usize, Sign)> {
        let tree = self
            .compatible
            .iter()
            .position(|name| marks.compatible.contains(name));
        if let Some(at) = tree {
            return Some((at, Sign::DeviceTree(self.compatible[at].clone())));
        }
        let after = self.compatible.len();
        if let Some(name) = self
            .products
            .iter()
            .find(|name| marks.products.contains(name))
        {
            return Some((after, Sign::Product(name.clone())));
        }
        if let Some(name) = self
            .processor
            .iter()
            .find(|name| begins(name, &marks.processors))
        {
            return Some((after + 1, Sign::Processor(name.clone())));
        }
        let any = marks
            .architecture
            .as_ref()
            .filter(|name| **name == self.architecture)?;
        Some((after + 2, Sign::Architecture(any.clone())))
    }
}

/// Six digits by which a person tells this machine from others until it has a room: its display and its command line show the
/// same ones. `None` on a machine that has no number of its own.
pub fn kit_code(root: &Path) -> Option<String> {
    let id = fs::read_to_string(root.join("etc/machine-id")).ok()?;
    let id = id.trim();
    if id.len() < 32 {
        return None;
    }
    // systemd's machine-id(5): the number itself is not shown to others, only what one cannot lead back to it.
    let digest = Sha256::digest(format!("roomd kit {id}"));
    let number = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) % 1_000_000;
    Some(format!("{:03} {:03}", number / 1000, number % 1000))
}

fn begins(name: &str, beginnings: &[String]) -> bool {
    beginnings.iter().any(|beginning| {
        let rest = name.strip_prefix(beginning.as_str());
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    })
}

fn processor(info: &str) -> Option<String> {
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    let (_, name) = line.split_once(':')?;
    Some(name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(compatible: &[&str]) -> Marks {
        let compatible = compatible.iter().map(|&name| name.to_owned()).collect();
        Marks {
            compatible,
            ..Marks::default()
        }
    }

    fn machine(files: &[(&str, &str)]) -> Signs {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Signs {
            architecture: "x86_64".to_owned(),
            ..Signs::read(root.path())
        }
    }

    #[test]
    fn the_most_special_name_of_the_device_tree_decides() {
        let signs = machine(&[(
            "proc/device-tree/compatible",
            "maker,carrier\0maker,module\0maker,chip\0",
        )]);
        let (chip, module) = (marks(&["maker,chip"]), marks(&["maker,module"]));
        let found = signs.recognise([("chip", &chip), ("module", &module)].into_iter());
        assert_eq!(
            found,
            Some(("module", Sign::DeviceTree("maker,module".to_owned())))
        );
    }

    #[test]
    fn a_processor_is_recognised_whole_and_comes_before_the_architecture() {
        let info = |name: &str| {
            machine(&[(
                "proc/cpuinfo",
                &format!("processor\t: 0\nmodel name\t: {name}\n"),
            )])
        };
        let small = Marks {
            processors: vec!["Intel(R) N100".to_owned()],
            ..Marks::default()
        };
        let any = Marks {
            architecture: Some("x86_64".to_owned()),
            ..Marks::default()
        };
        let boards = || [("any", &any), ("small", &small)].into_iter();
        assert_eq!(
            info("Intel(R) N100")
                .recognise(boards())
                .map(|found| found.0),
            Some("small")
        );
        assert_eq!(
            info("Intel(R) N1000")
                .recognise(boards())
                .map(|found| found.0),
            Some("any")
        );
    }

    #[test]
    fn the_firmwares_name_comes_before_the_processor() {
        let signs = machine(&[
            ("sys/class/dmi/id/product_name", "Room Box 3\n"),
            ("proc/cpuinfo", "model name\t: Intel(R) N100\n"),
        ]);
        let small = Marks {
            processors: vec!["Intel(R) N100".to_owned()],
            ..Marks::default()
        };
        let named = Marks {
            products: vec!["Room Box 3".to_owned()],
            ..Marks::default()
        };
        let found = signs.recognise([("small", &small), ("named", &named)].into_iter());
        assert_eq!(
            found,
            Some(("named", Sign::Product("Room Box 3".to_owned())))
        );
    }

    #[test]
    fn a_machine_that_says_nothing_is_no_board() {
        assert_eq!(
            machine(&[]).recognise([((), &marks(&["a,b"]))].into_iter()),
            None
        );
    }

    #[test]
    fn a_machine_has_one_code_and_shows_nothing_of_its_number() {
        let code = |id: &str| {
            let root = tempfile::tempdir().unwrap();
            fs::create_dir(root.path().join("etc")).unwrap();
            fs::write(root.path().join("etc/machine-id"), id).unwrap();
            kit_code(root.path())
        };
        let one = code("0123456789abcdef0123456789abcdef\n").unwrap();
        assert_eq!(one.len(), 7);
        assert_eq!(code("0123456789abcdef0123456789abcdef"), Some(one.clone()));
        assert_ne!(code("1123456789abcdef0123456789abcdef"), Some(one));
        assert_eq!(code("uninitialized\n"), None);
        assert_eq!(kit_code(Path::new("/nonexistent")), None);
    }
}
