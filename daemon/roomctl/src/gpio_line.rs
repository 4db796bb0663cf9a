//! A line of GPIO as a person writes it: by its name, or by chip and number. Knows no device.

use std::path::PathBuf;
use std::str::FromStr;

/// Where a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GpioLine {
    /// By the name that the board gives it.
    Named(String),
    /// By its chip and its number there.
    At { chip: PathBuf, offset: u32 },
}

impl FromStr for GpioLine {
    type Err = &'static str;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        if !line.starts_with('/') {
            return Ok(GpioLine::Named(line.to_owned()));
        }
        let (chip, offset) = line
            .rsplit_once(':')
            .ok_or("write CHIP:NUMBER, such as /dev/gpiochip0:17")?;
        let offset = offset.parse();
        Ok(GpioLine::At {
            chip: PathBuf::from(chip),
            offset: offset.map_err(|_| "the number of a line is a whole number from 0")?,
        })
    }
}

impl From<GpioLine> for drv_gpio::Place {
    fn from(line: GpioLine) -> Self {
        match line {
            GpioLine::Named(name) => Self::Named(name),
            GpioLine::At { chip, offset } => Self::At { chip, offset },
        }
    }
}

impl From<GpioLine> for drv_panel::Place {
    fn from(line: GpioLine) -> Self {
        match line {
            GpioLine::Named(name) => Self::Named(name),
            GpioLine::At { chip, offset } => Self::At { chip, offset },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_name_or_a_chip_and_a_number() {
        let named = GpioLine::Named("GPIO17".to_owned());
        assert_eq!("GPIO17".parse(), Ok(named));
        let at = GpioLine::At {
            chip: "/dev/gpiochip0".into(),
            offset: 17,
        };
        assert_eq!("/dev/gpiochip0:17".parse(), Ok(at));
        for wrong in ["/dev/gpiochip0", "/dev/gpiochip0:", "/dev/gpiochip0:-1"] {
            assert!(wrong.parse::<GpioLine>().is_err(), "{wrong}");
        }
    }
}
