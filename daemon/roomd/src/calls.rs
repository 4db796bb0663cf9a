//! Hands each call to the adapter of its way, and remembers which that was. Knows no adapter, only how to reach one.

use room_core::effect::CallCommand;
use room_core::event::{CallSeen, Event};
use room_core::failure::CallFailure;
use room_core::ids::CallId;
use room_core::meeting::By;
use std::collections::BTreeMap;

/// Asks something of a call; must not wait.
pub type CallHand = Box<dyn FnMut(CallId, CallCommand) + Send>;

/// More calls than a room ever has at a time; older ones are forgotten.
const REMEMBERED: usize = 16;

/// Both adapters.
#[derive(Default)]
pub struct Calls {
    /// The browser's.
    pub(crate) page: Option<CallHand>,
    /// The SIP client's.
    pub(crate) sip: Option<CallHand>,
    by: BTreeMap<CallId, By>,
}

impl Calls {
    /// With these adapters.
    pub fn new(page: Option<CallHand>, sip: Option<CallHand>) -> Self {
        Calls {
            page,
            sip,
            by: BTreeMap::new(),
        }
    }

    /// Hands it on; an answer that is known at once is returned: there is nobody to ask.
    pub fn command(&mut self, call: CallId, command: CallCommand) -> Option<Event> {
        let enters = match &command {
            CallCommand::Warm(request)
            | CallCommand::Join(request)
            | CallCommand::Adopt(request) => Some(request.by),
            _ => None,
        };
        if let Some(by) = enters {
            self.by.insert(call, by);
            while self.by.len() > REMEMBERED {
                self.by.pop_first();
            }
        }
        // A call of an earlier daemon that is only cleaned up: whoever has it knows.
        let Some(by) = self.by.get(&call).copied() else {
            for hand in [&mut self.page, &mut self.sip].into_iter().flatten() {
                hand(call, command.clone());
            }
            return None;
        };
        let (hand, nobody) = match by {
            By::Page => (&mut self.page, CallFailure::BrowserBroken),
            By::Sip => (&mut self.sip, CallFailure::SipBroken),
        };
        match hand {
            Some(hand) => {
                hand(call, command);
                None
            }
            None => enters.map(|_| Event::Call(call, CallSeen::Failed(nobody))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use room_core::effect::CallRequest;
    use std::sync::{Arc, Mutex};

    type Heard = Arc<Mutex<Vec<(&'static str, u64)>>>;

    fn hand(name: &'static str, heard: &Heard) -> Option<CallHand> {
        let heard = Arc::clone(heard);
        Some(Box::new(move |call, _| {
            heard.lock().unwrap().push((name, call.0))
        }))
    }

    fn join(by: By) -> CallCommand {
        CallCommand::Join(CallRequest {
            by,
            target: None,
            display_name: "Saal".to_owned(),
        })
    }

    #[test]
    fn a_call_stays_with_the_adapter_that_began_it() {
        let heard = Heard::default();
        let mut calls = Calls::new(hand("page", &heard), hand("sip", &heard));
        calls.command(CallId(1), join(By::Page));
        calls.command(CallId(2), join(By::Sip));
        calls.command(CallId(1), CallCommand::Leave);
        calls.command(CallId(2), CallCommand::Leave);
        calls.command(CallId(3), CallCommand::Drop);
        for number in 10..100 {
            calls.command(CallId(number), join(By::Sip));
        }
        let heard = heard.lock().unwrap();
        assert_eq!(
            heard[..6],
            [
                ("page", 1),
                ("sip", 2),
                ("page", 1),
                ("sip", 2),
                ("page", 3),
                ("sip", 3)
            ]
        );
        assert_eq!(calls.by.len(), REMEMBERED);
    }

    #[test]
    fn a_way_that_nobody_goes_is_said_at_once() {
        let mut calls = Calls::default();
        for (by, failure) in [
            (By::Page, CallFailure::BrowserBroken),
            (By::Sip, CallFailure::SipBroken),
        ] {
            let answer = calls.command(CallId(1), join(by));
            assert_eq!(
                answer,
                Some(Event::Call(CallId(1), CallSeen::Failed(failure)))
            );
            assert_eq!(calls.command(CallId(1), CallCommand::Leave), None);
        }
    }
}
