//! Lines at a Raspberry Pi's own registers (crate `rppal`): hardware PWM where a pin has it.
//!
//! rppal is kept inside this file: nobody maintains it since mid-2025, and boards after the Pi 5 will need the kernel's hand.

use super::{Active, Bias, Edge, Hand, Input, Lit, Output, Place, Watched};
use crate::clock;
use crate::engine::button::Contact;
use crate::error::GpioError;
use room_core::units::Percent;
use rppal::gpio::{Error, Gpio, InputPin, Level, OutputPin, Trigger};
use rppal::pwm::{Channel, Polarity, Pwm};
use tokio::sync::mpsc;

/// High enough for no eye and no camera at 1/50 s to see it flicker.
const PWM_HERTZ: f64 = 1000.0;

/// The Raspberry Pi's hand.
#[derive(Debug, Clone, Copy)]
pub struct Pi;

impl Hand for Pi {
    fn watch(
        &self,
        input: &Input,
        edges: mpsc::Sender<Edge>,
    ) -> Result<Box<dyn Watched>, GpioError> {
        let place = &input.line;
        let pin = pin(place)?;
        let taken = Gpio::new()
            .and_then(|gpio| gpio.get(pin))
            .map_err(|e| named(place, e))?;
        let mut pin = match input.bias {
            Bias::AsIs => taken.into_input(),
            Bias::PullUp => taken.into_input_pullup(),
            Bias::PullDown => taken.into_input_pulldown(),
        };
        let active = input.active;
        // Bounce is left to the engine: what the registers say and what the kernel's edges say must be of one kind.
        pin.set_async_interrupt(Trigger::Both, None, move |event| {
            let level = match event.trigger {
                Trigger::RisingEdge => Level::High,
                _ => Level::Low,
            };
            // On kernels that stamp with another clock the moment of reading has to do.
            let at = event.timestamp.min(clock::now());
            let _ = edges.try_send(Edge::To {
                at,
                contact: contact(level, active),
            });
        })
        .map_err(|e| named(place, e))?;
        Ok(Box::new(Finger { pin, active }))
    }

    fn lamp(&self, output: &Output) -> Result<Box<dyn Lit>, GpioError> {
        let place = &output.line;
        let number = pin(place)?;
        if let Some(pwm) = channel(number).and_then(|channel| dimmable(channel, output.active)) {
            return Ok(Box::new(Dimmed {
                place: place.clone(),
                pwm,
            }));
        }
        let taken = Gpio::new()
            .and_then(|gpio| gpio.get(number))
            .map_err(|e| named(place, e))?;
        let mut pin = match output.active {
            Active::High => taken.into_output_low(),
            Active::Low => taken.into_output_high(),
        };
        pin.set_reset_on_drop(true);
        Ok(Box::new(Bulb {
            pin,
            active: output.active,
        }))
    }
}

struct Finger {
    pin: InputPin,
    active: Active,
}

impl Watched for Finger {
    fn contact(&mut self) -> Result<Contact, GpioError> {
        Ok(contact(self.pin.read(), self.active))
    }

    fn debounced(&self) -> bool {
        false
    }
}

struct Bulb {
    pin: OutputPin,
    active: Active,
}

impl Lit for Bulb {
    fn set(&mut self, duty: Percent) -> Result<(), GpioError> {
        self.pin.write(match (duty.get() > 0, self.active) {
            (true, Active::High) | (false, Active::Low) => Level::High,
            (false, Active::High) | (true, Active::Low) => Level::Low,
        });
        Ok(())
    }

    fn seen(&mut self) -> Result<bool, GpioError> {
        let high = self.pin.is_set_high();
        Ok(high == (self.active == Active::High))
    }

    fn dims(&self) -> bool {
        false
    }
}

struct Dimmed {
    place: Place,
    pwm: Pwm,
}

impl Lit for Dimmed {
    fn set(&mut self, duty: Percent) -> Result<(), GpioError> {
        self.pwm
            .set_duty_cycle(f64::from(duty.get()) / 100.0)
            .map_err(|e| GpioError::broken(&self.place, e))
    }

    fn seen(&mut self) -> Result<bool, GpioError> {
        let duty = self.pwm.duty_cycle();
        duty.map(|duty| duty > 0.0)
            .map_err(|e| GpioError::broken(&self.place, e))
    }

    fn dims(&self) -> bool {
        true
    }
}

/// The pins that the usual overlays (`pwm` with GPIO18, `pwm-2chan`) connect to the two channels.
fn channel(pin: u8) -> Option<Channel> {
    match pin {
        12 | 18 => Some(Channel::Pwm0),
        13 | 19 => Some(Channel::Pwm1),
        _ => None,
    }
}

/// `None` where the overlay is missing: such a lamp knows on and off.
fn dimmable(channel: Channel, active: Active) -> Option<Pwm> {
    let polarity = match active {
        Active::High => Polarity::Normal,
        Active::Low => Polarity::Inverse,
    };
    Pwm::with_frequency(channel, PWM_HERTZ, 0.0, polarity, true).ok()
}

fn contact(level: Level, active: Active) -> Contact {
    match (level, active) {
        (Level::High, Active::High) | (Level::Low, Active::Low) => Contact::Closed,
        (Level::Low, Active::High) | (Level::High, Active::Low) => Contact::Open,
    }
}

/// The header's pins carry these numbers on every model.
fn pin(place: &Place) -> Result<u8, GpioError> {
    let number = match place {
        Place::Named(name) => name.strip_prefix("GPIO").and_then(|n| n.parse().ok()),
        Place::At { offset, .. } => u8::try_from(*offset).ok(),
    };
    number
        .filter(|number| *number <= 27)
        .ok_or_else(|| GpioError::NoPin(place.clone()))
}

fn named(place: &Place, error: Error) -> GpioError {
    match error {
        Error::UnknownModel => GpioError::NoPi,
        Error::PinNotAvailable(_) => GpioError::Absent(place.clone()),
        Error::PermissionDenied(path) => GpioError::Denied(path.into()),
        Error::PinUsed(_) => GpioError::Busy {
            line: place.clone(),
            by: "roomd".to_owned(),
        },
        Error::Io(error) => GpioError::broken(place, error),
        Error::ThreadPanic => GpioError::broken(place, "its thread ended"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pins_name_is_its_number() {
        let named = |name: &str| pin(&Place::Named(name.to_owned()));
        assert_eq!(named("GPIO17"), Ok(17));
        assert_eq!(
            named("GPIO28"),
            Err(GpioError::NoPin(Place::Named("GPIO28".to_owned())))
        );
        assert!(named("wall").is_err());
        let at = Place::At {
            chip: "/dev/gpiochip0".into(),
            offset: 4,
        };
        assert_eq!(pin(&at), Ok(4));
    }

    #[test]
    fn elsewhere_the_registers_are_refused_by_name() {
        // Every machine that runs this test but a Raspberry Pi itself, where the line is simply had.
        let output = Output {
            line: Place::Named("GPIO17".to_owned()),
            active: Active::High,
        };
        match Pi.lamp(&output).map(|_| ()) {
            Err(GpioError::NoPi | GpioError::Denied(_)) | Ok(()) => {}
            other => panic!("{other:?}"),
        }
    }
}
