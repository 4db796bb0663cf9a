//! Makes and takes away the nodes of cards as `cards` says, and answers for what cannot be had. The only part of the graph that asks
//! a card anything.

use super::cards::{CardSpec, Step, plugged};
use super::line::Made;
use super::props;
use super::session::Session;
use crate::hardware::Roots;
use crate::hardware::offer::{Offer, offer};
use crate::ports::{GraphFact, Role};
use nix::errno::Errno;
use pipewire::node::Node as NodeProxy;
use pipewire::properties::PropertiesBox;
use pipewire::proxy::ProxyT;
use pipewire::spa::param::ParamType;
use pipewire::spa::pod::Pod;
use room_core::failure::SoundFailure;

impl Session {
    /// Brings the cards' nodes to what the roles use; whether there was anything to do.
    pub(super) fn settle_cards(&mut self) -> bool {
        let mut wanted: Vec<CardSpec> = Vec::new();
        for spec in self.uses.values().filter_map(|used| used.card.as_ref()) {
            if !wanted.contains(spec) {
                wanted.push(spec.clone());
            }
        }
        let now = self.began.elapsed();
        let there = self.world.cards();
        let steps = self.cards.steps(now, (&wanted, &there), plugged);
        let any = !steps.is_empty();
        for step in steps {
            match step {
                Step::Make(spec, plug) => self.make(&spec, plug),
                Step::Take(id) => self.take_away(id),
                Step::GiveUp(spec, why) => {
                    // The server names no reason; the card does.
                    let said = ask(&spec).err();
                    self.give_up(&spec, said.unwrap_or(why));
                }
            }
        }
        any
    }

    fn make(&mut self, spec: &CardSpec, plug: u64) {
        let now = self.began.elapsed();
        let offer = match ask(spec) {
            Ok(offer) => offer,
            Err(why) => {
                if let Some(why) = self.cards.refused(now, spec, why) {
                    self.give_up(spec, why);
                }
                return;
            }
        };
        let Some(line) = &mut self.line else { return };
        let mut properties = PropertiesBox::new();
        for (key, value) in spec.properties(offer, plug) {
            properties.insert(key, value);
        }
        self.cards.asked(now, spec);
        let Ok(proxy) = line.core.create_object::<NodeProxy>("adapter", &properties) else {
            self.cards.failed(&spec.node(), SoundFailure::Broken);
            return;
        };
        let (own, name) = (self.own.clone(), spec.node());
        let refused = proxy
            .upcast_ref()
            .add_listener_local()
            .error(move |_, code, message| {
                tracing::warn!(node = name, message, "a card's node cannot be made");
                if let Some(own) = own.upgrade() {
                    own.borrow_mut().cards.failed(&name, reason(code));
                }
            });
        let listener = refused.register();
        let factors = spec.factors(offer);
        let made = Made {
            _listener: listener,
            _proxy: proxy,
            factors,
        };
        line.making.insert(spec.node(), made);
    }

    /// The server has made a node that it was told to make: its channels are set.
    pub(super) fn made(&mut self, id: u32, name: &str) {
        let Some(line) = &mut self.line else { return };
        let Some(made) = line.making.remove(name) else {
            return;
        };
        let bytes = made.factors.and_then(props::factors);
        let pod = bytes.as_deref().and_then(Pod::from_bytes);
        if let (Some(pod), Some((_, node))) = (pod, line.others.get(&id)) {
            node.set_param(ParamType::Props, 0, pod);
        }
    }

    /// Takes a node away, and counts on nothing of it from now on.
    pub(super) fn take_away(&mut self, id: u32) {
        let Some(line) = &self.line else { return };
        // One that is gone already is away.
        let _ = line.registry.destroy_global(id);
        self.world.forget(id);
    }

    fn give_up(&mut self, spec: &CardSpec, why: SoundFailure) {
        for role in Role::ALL {
            let used = self.uses.get(&role).and_then(|used| used.card.as_ref());
            if used == Some(spec)
                && let Some(used) = self.uses.remove(&role)
            {
                self.say(GraphFact::Failed(role, used.id, why));
            }
        }
    }
}

/// Asks a card what it takes.
fn ask(spec: &CardSpec) -> Result<Offer, SoundFailure> {
    offer(&Roots::default(), spec.card, spec.pcm).map_err(|error| {
        tracing::debug!(%error, "a card cannot be had");
        error.failure()
    })
}

/// The server's numbers are the kernel's, below zero.
fn reason(code: i32) -> SoundFailure {
    match Errno::from_raw(code.abs()) {
        Errno::EBUSY => SoundFailure::Busy,
        Errno::ENODEV | Errno::ENOENT | Errno::ENXIO => SoundFailure::Absent,
        Errno::EACCES | Errno::EPERM => SoundFailure::Denied,
        _ => SoundFailure::Broken,
    }
}
