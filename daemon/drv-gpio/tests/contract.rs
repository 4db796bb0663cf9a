//! The contract list against a board of air: the whole driver but the kernel's part, in virtual time.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod list;

use drv_gpio::hand::{Edge, Hand, Input, Lit, Output, Watched};
use drv_gpio::{Contact, GpioError, Place, now};
use list::Bench;
use room_core::units::Percent;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;

struct Wires {
    here: bool,
    contact: Contact,
    lit: bool,
    taken: BTreeSet<&'static str>,
    edges: Option<mpsc::Sender<Edge>>,
}

/// Two lines, `button` and `lamp`.
#[derive(Clone)]
struct Air(Arc<Mutex<Wires>>);

impl Air {
    fn new() -> Air {
        Air(Arc::new(Mutex::new(Wires {
            here: true,
            contact: Contact::Open,
            lit: false,
            taken: BTreeSet::new(),
            edges: None,
        })))
    }

    fn take(&self, line: &Place) -> Result<Taken, GpioError> {
        let name = match line {
            Place::Named(name) if name == "button" => "button",
            Place::Named(name) if name == "lamp" => "lamp",
            other => return Err(GpioError::Absent(other.clone())),
        };
        let mut wires = self.0.lock().unwrap();
        if !wires.here {
            return Err(GpioError::Absent(line.clone()));
        }
        if !wires.taken.insert(name) {
            let by = "somebody".to_owned();
            return Err(GpioError::Busy {
                line: line.clone(),
                by,
            });
        }
        Ok(Taken {
            air: self.clone(),
            name,
        })
    }
}

struct Taken {
    air: Air,
    name: &'static str,
}

impl Taken {
    fn here<T>(&self, read: impl FnOnce(&mut Wires) -> T) -> Result<T, GpioError> {
        let mut wires = self.air.0.lock().unwrap();
        match wires.here {
            true => Ok(read(&mut wires)),
            false => Err(GpioError::Absent(Place::Named(self.name.to_owned()))),
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut wires = self.air.0.lock().unwrap();
        wires.taken.remove(self.name);
        if self.name == "lamp" {
            wires.lit = false;
        }
    }
}

impl Watched for Taken {
    fn contact(&mut self) -> Result<Contact, GpioError> {
        self.here(|wires| wires.contact)
    }

    fn debounced(&self) -> bool {
        false
    }
}

impl Lit for Taken {
    fn set(&mut self, duty: Percent) -> Result<(), GpioError> {
        self.here(|wires| wires.lit = duty.get() > 0)
    }

    fn seen(&mut self) -> Result<bool, GpioError> {
        self.here(|wires| wires.lit)
    }

    fn dims(&self) -> bool {
        false
    }
}

impl Hand for Air {
    fn watch(
        &self,
        input: &Input,
        edges: mpsc::Sender<Edge>,
    ) -> Result<Box<dyn Watched>, GpioError> {
        let taken = self.take(&input.line)?;
        self.0.lock().unwrap().edges = Some(edges);
        Ok(Box::new(taken))
    }

    fn lamp(&self, output: &Output) -> Result<Box<dyn Lit>, GpioError> {
        Ok(Box::new(self.take(&output.line)?))
    }
}

impl Bench for Air {
    fn hand(&self) -> Box<dyn Hand> {
        Box::new(self.clone())
    }

    fn button(&self) -> Place {
        Place::Named("button".to_owned())
    }

    fn lamp(&self) -> Place {
        Place::Named("lamp".to_owned())
    }

    fn press(&mut self, contact: Contact) {
        let mut wires = self.0.lock().unwrap();
        wires.contact = contact;
        if let Some(edges) = &wires.edges {
            let _ = edges.try_send(Edge::To { at: now(), contact });
        }
    }

    fn lit(&self) -> bool {
        self.0.lock().unwrap().lit
    }

    fn unplug(&mut self) {
        let mut wires = self.0.lock().unwrap();
        wires.here = false;
        if let Some(edges) = wires.edges.take() {
            let gone = GpioError::Absent(Place::Named("button".to_owned()));
            let _ = edges.try_send(Edge::Lost(gone));
        }
    }

    fn plug(&mut self) {
        let mut wires = self.0.lock().unwrap();
        wires.here = true;
        wires.lit = false;
    }
}

macro_rules! held {
    ($($name:ident)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            list::$name(&mut Air::new()).await;
        }
    )*};
}

held! {
    a_finger_is_one_press
    bounce_is_one_press
    a_long_press_is_told_while_it_lasts
    a_contact_closed_at_the_start_presses_nothing
    a_lamp_follows_blinks_and_ends_dark
    a_line_held_down_is_told
    lines_that_go_come_back
    a_line_in_use_or_unknown_is_named
}

#[tokio::test(start_paused = true)]
async fn a_lamp_that_somebody_else_turned_is_set_again() {
    let mut air = Air::new();
    list::a_lamp_stays(&mut air, |air| air.0.lock().unwrap().lit = false).await;
}
