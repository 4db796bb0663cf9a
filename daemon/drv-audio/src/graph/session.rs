//! The thread that talks to the server: registry in, links and properties out, facts to the owner. Decides nothing but what `plan` says.

use super::cards::{CardSpec, Cards, plugged};
use super::line::{Line, keep};
use super::plan::{Act, Link as Pair, Node, World};
use super::props;
use super::pulse::Pulse;
use super::taps::Meters;
use crate::ports::{Canceller, DeviceId, Direction, Found, GraphFact, GraphOrder, Place, Role};
use pipewire::context::ContextRc;
use pipewire::main_loop::MainLoopRc;
use pipewire::properties::properties;
use pipewire::spa::param::ParamType;
use pipewire::spa::pod::Pod;
use pipewire::spa::utils::result::AsyncSeq;
use pipewire::{channel, link::Link};
use room_core::failure::SoundFailure;
use room_core::units::{Percent, Switch};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedSender;

/// What the owner says.
pub(super) enum Ask {
    Order(GraphOrder),
    End,
}

/// How often a server that is gone is looked for, cards are looked after, and levels are told.
const BEAT: Duration = Duration::from_millis(100);

/// What a role uses.
pub(super) struct Used {
    pub(super) id: DeviceId,
    /// By its `node.name`.
    node: String,
    pub(super) card: Option<CardSpec>,
}

pub(super) struct Session {
    tell: UnboundedSender<GraphFact>,
    pub(super) began: Instant,
    /// Of itself, for listeners.
    pub(super) own: Weak<RefCell<Session>>,
    pub(super) world: World,
    pub(super) line: Option<Line>,
    pub(super) cards: Cards,
    meters: Meters,
    pulse: Pulse,
    seen: BTreeMap<Role, props::Props>,
    pub(super) lost: bool,
    /// What the server was asked last; it answers after all that it had to tell.
    question: Option<AsyncSeq>,
    /// It has told all that was there when we came.
    known: bool,
    up: bool,
    rebuilding: bool,
    pub(super) uses: BTreeMap<Role, Used>,
    switches: BTreeMap<Role, Switch>,
    volumes: BTreeMap<Role, Percent>,
    cancel: Canceller,
    told_cancels: Option<Canceller>,
    told_using: BTreeMap<Role, Option<DeviceId>>,
    told_nodes: Option<Vec<Found>>,
}

pub(super) type Shared = Rc<RefCell<Session>>;

/// Runs until the owner ends it.
pub(super) fn run(socket: &Path, asks: channel::Receiver<Ask>, tell: UnboundedSender<GraphFact>) {
    pipewire::init();
    let made = MainLoopRc::new(None).and_then(|main| {
        let context = ContextRc::new(&main, None)?;
        Ok((main, context))
    });
    let (main, context) = match made {
        Ok(made) => made,
        Err(error) => {
            tracing::error!(%error, "PipeWire's own loop cannot be made; the room has no sound of its own");
            // Nobody listens any more only while the owner ends.
            let _ = tell.send(GraphFact::Down(SoundFailure::Broken));
            return;
        }
    };
    let shared: Shared = Rc::new_cyclic(|own| RefCell::new(Session::new(tell, own.clone())));
    let _asks = asks.attach(main.loop_(), {
        let (main, shared) = (main.clone(), shared.clone());
        move |ask| match ask {
            Ask::Order(order) => shared.borrow_mut().order(order),
            Ask::End => main.quit(),
        }
    });
    let socket = socket.to_string_lossy().into_owned();
    let timer = main.loop_().add_timer({
        let shared = shared.clone();
        move |_| keep(&context, &socket, &shared)
    });
    timer.update_timer(Some(Duration::from_millis(1)), Some(BEAT));
    main.run();
    // What the line listens with holds the session, which holds the line: left so, it stays connected and answers nothing, and a
    // server waits for such a client with everything that is to begin anew.
    let line = shared.borrow_mut().line.take();
    drop(line);
}

impl Session {
    fn new(tell: UnboundedSender<GraphFact>, own: Weak<RefCell<Session>>) -> Session {
        Session {
            tell,
            began: Instant::now(),
            own,
            cards: Cards::default(),
            meters: Meters::new(),
            pulse: Pulse::default(),
            seen: BTreeMap::new(),
            world: World::default(),
            line: None,
            lost: false,
            question: None,
            known: false,
            up: false,
            rebuilding: false,
            uses: BTreeMap::new(),
            switches: BTreeMap::new(),
            volumes: BTreeMap::new(),
            cancel: Canceller::Off,
            told_cancels: None,
            told_using: BTreeMap::new(),
            told_nodes: None,
        }
    }

    pub(super) fn say(&self, fact: GraphFact) {
        // Nobody listens any more only while the owner ends this thread.
        let _ = self.tell.send(fact);
    }

    fn order(&mut self, order: GraphOrder) {
        match order {
            GraphOrder::Use(role, Some(found)) => self.take(role, found),
            GraphOrder::Use(role, None) => {
                self.uses.remove(&role);
            }
            GraphOrder::Switch(role, switch) => {
                self.switches.insert(role, switch);
                self.command(role);
            }
            GraphOrder::Volume(role, percent) => {
                self.volumes.insert(role, percent);
                self.command(role);
            }
            GraphOrder::Cancel(wanted) => self.cancel = wanted,
            GraphOrder::Rebuild => self.rebuild(),
        }
        self.settle();
    }

    fn take(&mut self, role: Role, found: Found) {
        let card = CardSpec::of(&found);
        if card
            .as_ref()
            .is_some_and(|spec| plugged(spec.card).is_none())
        {
            self.uses.remove(&role);
            self.say(GraphFact::Failed(role, found.id, SoundFailure::Absent));
            return;
        }
        let node = match (&card, found.place) {
            (_, Place::Node(name)) => name,
            (Some(spec), Place::Pcm { .. }) => spec.node(),
            // Every place on a card has a spec.
            (None, Place::Pcm { .. }) => return,
        };
        let id = found.id;
        self.uses.insert(role, Used { id, node, card });
    }

    /// Tells a role's node what was asked last of its mute and loudness.
    pub(super) fn command(&mut self, role: Role) {
        let Some(line) = &self.line else { return };
        let Some((_, _, node)) = line.roles.iter().find(|(of, _, _)| *of == role) else {
            return;
        };
        let channels = if role == Role::Microphone { 1 } else { 2 };
        let switch = self
            .switches
            .get(&role)
            .and_then(|switch| props::switch(*switch));
        let volume = self
            .volumes
            .get(&role)
            .and_then(|percent| props::volume(*percent, channels));
        for bytes in [switch, volume].into_iter().flatten() {
            if let Some(pod) = Pod::from_bytes(&bytes) {
                node.set_param(ParamType::Props, 0, pod);
            }
        }
    }

    pub(super) fn read(&mut self, role: Role, pod: &Pod) {
        let news = props::read(pod.as_bytes());
        let seen = self.seen.entry(role).or_default();
        seen.switch = news.switch.or(seen.switch);
        seen.volume = news.volume.or(seen.volume);
        if let Some(switch) = news.switch {
            self.say(GraphFact::Switch(role, switch));
        }
        if let Some(percent) = news.volume {
            self.say(GraphFact::Volume(role, percent));
        }
        if news.switch == Some(Switch::Closed) {
            self.forget(role);
        }
        self.settle();
    }

    fn rebuild(&mut self) {
        for id in self.cards.all_anew(&self.world.cards()) {
            self.take_away(id);
        }
        let Some(line) = &self.line else { return };
        let used: Vec<u32> = self
            .uses
            .values()
            .filter_map(|used| self.world.node(&used.node))
            .collect();
        let at_device = |pair: &Pair| {
            let node = |port: u32| self.world.ports.get(&port).map(|port| port.node);
            [node(pair.out), node(pair.into)]
                .into_iter()
                .flatten()
                .any(|node| used.contains(&node))
        };
        let cut: Vec<u32> = self
            .world
            .links
            .iter()
            .filter(|(_, pair)| at_device(pair))
            .map(|(id, _)| *id)
            .collect();
        for id in &cut {
            // A link that is gone already is cut.
            let _ = line.registry.destroy_global(*id);
        }
        self.world.links.retain(|id, _| !cut.contains(id));
        self.world.asked.clear();
        self.told_using.clear();
        self.rebuilding = true;
    }

    pub(super) fn gone(&mut self, id: u32) {
        self.cards.gone(id);
        self.world.gone(id);
        if let Some(line) = &mut self.line {
            line.others.remove(&id);
        }
        self.stir();
    }

    /// Something came or went. A node's ports come one by one, and linking half a node begins what is to be cut at once: so the
    /// graph is brought into order when the server has told all that belongs together.
    pub(super) fn stir(&mut self) {
        if self.question.is_none()
            && let Some(line) = &self.line
        {
            self.question = line.core.sync(0).ok();
        }
    }

    pub(super) fn answered(&mut self, question: AsyncSeq) {
        if self.question == Some(question) {
            self.question = None;
            self.known = true;
            self.settle();
        }
    }

    pub(super) fn down(&mut self) -> Option<Line> {
        self.world = World::default();
        self.cards = Cards::default();
        (self.question, self.known) = (None, false);
        self.seen.clear();
        for role in Role::ALL {
            self.forget(role);
        }
        self.told_using.clear();
        self.told_cancels = None;
        self.told_nodes = None;
        if std::mem::take(&mut self.up) {
            self.say(GraphFact::Down(SoundFailure::ServerGone));
        }
        self.line.take()
    }

    /// Ten times a second: what was heard is told, and cards that were pulled or could not be had are looked after.
    pub(super) fn beat(&mut self) {
        let Some(line) = &mut self.line else { return };
        let heard = line.taps.take();
        let hears = line.taps.hears(Role::Microphone);
        let came =
            |(role, samples): &(Role, Vec<f32>)| *role == Role::Microphone && !samples.is_empty();
        let came = heard.iter().any(came);
        let volume = self.seen.get(&Role::Loudspeaker).and_then(|s| s.volume);
        let facts = self.meters.hear(heard, volume.map_or(1.0, props::factor));
        facts.into_iter().for_each(|fact| self.say(fact));
        let should = hears && self.world.hears_canceller();
        if self.pulse.hangs(self.began.elapsed(), should, came) {
            self.give_canceller_up();
        }
        // What else there is to do comes with what the server tells.
        if self.up && self.settle_cards() {
            self.settle_links();
        }
    }

    /// Goes around a canceller that lives and lets nothing through, and takes its connection away: it ends of that, and its unit
    /// starts another one. One that is stopped altogether is ended by systemd, which it gives no life signs.
    fn give_canceller_up(&mut self) {
        tracing::warn!(
            "the room's canceller lets nothing through; the microphone goes past it, and it is ended"
        );
        let Some(line) = &self.line else { return };
        let (client, nodes) = self.world.canceller_client();
        if let Some(client) = client {
            // One that is gone already is ended.
            let _ = line.registry.destroy_global(client);
        }
        nodes.into_iter().for_each(|node| self.take_away(node));
        self.settle_links();
    }

    /// Which roles are listened to: a microphone that is closed is not.
    fn heard(&self) -> Vec<Role> {
        let open = |role: &Role| {
            let seen = self.seen.get(role).and_then(|seen| seen.switch);
            *role == Role::Loudspeaker || seen == Some(Switch::Open)
        };
        self.uses.keys().copied().filter(open).collect()
    }

    fn forget(&mut self, role: Role) {
        let facts = self.meters.forget(role);
        facts.into_iter().for_each(|fact| self.say(fact));
    }

    /// Brings the graph to what was asked, and says what is seen in it.
    pub(super) fn settle(&mut self) {
        if !self.known {
            return;
        }
        if !self.up {
            let absent = |role| self.world.role(role).is_none();
            if Role::ALL.into_iter().any(absent) {
                return;
            }
            self.up = true;
            self.say(GraphFact::Up);
        }
        self.tell_nodes();
        self.settle_cards();
        self.settle_links();
    }

    fn settle_links(&mut self) {
        let uses = self.uses.iter();
        let uses = uses
            .map(|(role, used)| (*role, used.node.clone()))
            .collect();
        let ways = self.world.ways(&uses, &self.heard(), self.cancel);
        let acts = self.world.acts(&ways);
        for act in acts {
            self.act(act);
        }
        self.tell_cancels();
        self.tell_using();
    }

    fn act(&mut self, act: Act) {
        let Some(line) = &mut self.line else { return };
        match act {
            Act::Link(pair) => {
                let mut properties = properties! {
                    "link.output.port" => pair.out.to_string(),
                    "link.input.port" => pair.into.to_string()
                };
                if self.world.is_passive(pair) {
                    properties.insert("link.passive", "true");
                }
                let listens = self.world.listens(pair);
                if !listens {
                    // A call goes on when the daemon does not.
                    properties.insert("object.linger", "true");
                }
                let core = &line.core;
                if let Ok(link) = core.create_object::<Link>("link-factory", &properties) {
                    self.world.asked.insert(pair);
                    self.world.made.insert(pair);
                    if listens {
                        line.listening.insert(pair, link);
                    }
                }
            }
            Act::Cut(id) => {
                // A link that is gone already is cut.
                let _ = line.registry.destroy_global(id);
            }
        }
    }

    fn tell_nodes(&mut self) {
        let found: Vec<Found> = self.world.nodes.values().filter_map(found).collect();
        if self.told_nodes.as_ref() != Some(&found) {
            self.say(GraphFact::Nodes(found.clone()));
            self.told_nodes = Some(found);
        }
    }

    fn tell_cancels(&mut self) {
        let seen = self.world.cancels();
        if self.told_cancels != Some(seen) {
            self.told_cancels = Some(seen);
            self.say(GraphFact::Cancels(seen));
        }
    }

    fn tell_using(&mut self) {
        for role in Role::ALL {
            let seen = self.uses.get(&role).filter(|used| {
                let (Some(role_node), Some(device)) =
                    (self.world.role(role), self.world.node(&used.node))
                else {
                    return false;
                };
                match role.direction() {
                    Direction::Capture => self.world.heard(device, role_node),
                    Direction::Playback => self.world.linked(role_node, device),
                }
            });
            let seen = seen.map(|used| used.id.clone());
            if self.told_using.get(&role) != Some(&seen) {
                self.forget(role);
                self.told_using.insert(role, seen.clone());
                self.say(GraphFact::Using(role, seen));
            }
        }
        let all = self
            .uses
            .keys()
            .all(|role| self.told_using.get(role).is_some_and(Option::is_some));
        if self.rebuilding && all {
            self.rebuilding = false;
            self.say(GraphFact::Rebuilt);
        }
    }
}

fn found(node: &Node) -> Option<Found> {
    let direction = match node.device.as_deref()? {
        "capture" => Direction::Capture,
        "playback" => Direction::Playback,
        _ => return None,
    };
    Some(Found {
        id: DeviceId::new(node.name.clone()),
        direction,
        name: node.title.clone(),
        usb: None,
        links: Vec::new(),
        place: Place::Node(node.name.clone()),
    })
}
