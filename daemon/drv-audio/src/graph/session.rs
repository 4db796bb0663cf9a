//! The thread that talks to the server: registry in, links and properties out, facts to the owner. Decides nothing but what `plan` says.

use super::plan::{Act, Link as Pair, Node, Port, World};
use super::{conf, props};
use crate::ports::{Canceller, DeviceId, Direction, Found, GraphFact, GraphOrder, Place, Role};
use pipewire::context::ContextRc;
use pipewire::core::{CoreRc, Listener as CoreListener, PW_ID_CORE};
use pipewire::main_loop::MainLoopRc;
use pipewire::node::{Node as NodeProxy, NodeListener};
use pipewire::properties::properties;
use pipewire::registry::{GlobalObject, Listener as RegistryListener, RegistryRc};
use pipewire::spa::param::ParamType;
use pipewire::spa::pod::Pod;
use pipewire::spa::utils::dict::DictRef;
use pipewire::types::ObjectType;
use pipewire::{channel, link::Link};
use room_core::failure::SoundFailure;
use room_core::units::{Percent, Switch};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// What the owner says.
pub(super) enum Ask {
    Order(GraphOrder),
    End,
}

/// How often a server that is gone is looked for.
const RETRY: Duration = Duration::from_millis(100);

/// A connection. Dropping it leaves links and nodes in the server as they are.
struct Line {
    // Listeners before what they listen to.
    roles: Vec<(Role, NodeListener, NodeProxy)>,
    others: BTreeMap<u32, (NodeListener, NodeProxy)>,
    _listeners: (RegistryListener, CoreListener),
    registry: RegistryRc,
    core: CoreRc,
}

struct Session {
    tell: UnboundedSender<GraphFact>,
    world: World,
    line: Option<Line>,
    lost: bool,
    up: bool,
    rebuilding: bool,
    uses: BTreeMap<Role, (DeviceId, String)>,
    switches: BTreeMap<Role, Switch>,
    volumes: BTreeMap<Role, Percent>,
    told_using: BTreeMap<Role, Option<DeviceId>>,
    told_nodes: Option<Vec<Found>>,
    asked: Vec<Pair>,
}

type Shared = Rc<RefCell<Session>>;

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
    let shared: Shared = Rc::new(RefCell::new(Session::new(tell)));
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
    timer.update_timer(Some(Duration::from_millis(1)), Some(RETRY));
    main.run();
}

/// Drops a line that was lost, outside of its own callbacks, and makes one where there is none.
fn keep(context: &ContextRc, socket: &str, shared: &Shared) {
    if std::mem::take(&mut shared.borrow_mut().lost) {
        let line = shared.borrow_mut().down();
        drop(line);
    }
    if shared.borrow().line.is_some() {
        return;
    }
    let remote = properties! { "remote.name" => socket };
    let Ok(core) = context.connect_rc(Some(remote)) else {
        return;
    };
    let Ok(registry) = core.get_registry_rc() else {
        return;
    };
    let (on_error, on_global, on_gone) = (shared.clone(), shared.clone(), shared.clone());
    let errors = core.add_listener_local().error(move |id, _, _, _| {
        if id == PW_ID_CORE {
            on_error.borrow_mut().lost = true;
        }
    });
    let errors = errors.register();
    let globals = registry
        .add_listener_local()
        .global(move |global| came(&on_global, global))
        .global_remove(move |id| on_gone.borrow_mut().gone(id))
        .register();
    shared.borrow_mut().line = Some(Line {
        roles: Vec::new(),
        others: BTreeMap::new(),
        _listeners: (globals, errors),
        registry,
        core,
    });
}

fn came(shared: &Shared, global: &GlobalObject<&DictRef>) {
    let Some(dict) = global.props else { return };
    let text = |key: &str| dict.get(key).map(String::from);
    let number = |key: &str| dict.get(key).and_then(|value| value.parse::<u32>().ok());
    match global.type_ {
        ObjectType::Node => {
            let node = Node {
                name: text("node.name").unwrap_or_default(),
                title: text("node.description").unwrap_or_default(),
                class: text("media.class").unwrap_or_default(),
                device: text("room.device"),
                target: text("target.object"),
            };
            let role = Role::ALL
                .into_iter()
                .find(|role| conf::node(*role) == node.name);
            shared.borrow_mut().world.nodes.insert(global.id, node);
            watch(shared, global, role);
        }
        ObjectType::Port => {
            let Some(node) = number("node.id") else {
                return;
            };
            let out = dict.get("port.direction") == Some("out");
            let port = Port {
                node,
                out,
                name: text("port.name").unwrap_or_default(),
            };
            shared.borrow_mut().world.ports.insert(global.id, port);
        }
        ObjectType::Link => {
            let (Some(out), Some(into)) = (number("link.output.port"), number("link.input.port"))
            else {
                return;
            };
            let mut session = shared.borrow_mut();
            session.asked.retain(|pair| *pair != Pair { out, into });
            session.world.links.insert(global.id, Pair { out, into });
        }
        _ => return,
    }
    shared.borrow_mut().settle();
}

/// Listens to a node's mute and loudness (a role's), or to what its properties say in full (the registry leaves most out).
fn watch(shared: &Shared, global: &GlobalObject<&DictRef>, role: Option<Role>) {
    let mut session = shared.borrow_mut();
    let Some(line) = &mut session.line else {
        return;
    };
    let Ok(node) = line.registry.bind::<NodeProxy, _>(global) else {
        return;
    };
    let id = global.id;
    let (on_info, on_param) = (shared.clone(), shared.clone());
    let listener = node
        .add_listener_local()
        .info(move |info| {
            let Some(dict) = info.props() else { return };
            let mut session = on_info.borrow_mut();
            if let Some(node) = session.world.nodes.get_mut(&id) {
                node.device = dict
                    .get("room.device")
                    .map(String::from)
                    .or(node.device.take());
                node.target = dict
                    .get("target.object")
                    .map(String::from)
                    .or(node.target.take());
                session.settle();
            }
        })
        .param(move |_, _, _, _, pod| {
            let (Some(role), Some(pod)) = (role, pod) else {
                return;
            };
            on_param.borrow_mut().read(role, pod);
        })
        .register();
    if let Some(role) = role {
        node.subscribe_params(&[ParamType::Props]);
        line.roles.push((role, listener, node));
        session.command(role);
    } else {
        line.others.insert(id, (listener, node));
    }
}

impl Session {
    fn new(tell: UnboundedSender<GraphFact>) -> Session {
        Session {
            tell,
            world: World::default(),
            line: None,
            lost: false,
            up: false,
            rebuilding: false,
            uses: BTreeMap::new(),
            switches: BTreeMap::new(),
            volumes: BTreeMap::new(),
            told_using: BTreeMap::new(),
            told_nodes: None,
            asked: Vec::new(),
        }
    }

    fn say(&self, fact: GraphFact) {
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
            // Nothing of ours cancels in the graph yet, and that is what is seen.
            GraphOrder::Cancel(_) => self.say(GraphFact::Cancels(Canceller::Off)),
            GraphOrder::Rebuild => self.rebuild(),
        }
        self.settle();
    }

    fn take(&mut self, role: Role, found: Found) {
        match found.place {
            Place::Node(name) => {
                self.uses.insert(role, (found.id, name));
            }
            // Cards have no node in the graph yet.
            Place::Pcm { .. } => {
                self.uses.remove(&role);
                self.say(GraphFact::Failed(role, found.id, SoundFailure::Broken));
            }
        }
    }

    /// Tells a role's node what was asked last of its mute and loudness.
    fn command(&mut self, role: Role) {
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

    fn read(&mut self, role: Role, pod: &Pod) {
        let seen = props::read(pod.as_bytes());
        if let Some(switch) = seen.switch {
            self.say(GraphFact::Switch(role, switch));
        }
        if let Some(percent) = seen.volume {
            self.say(GraphFact::Volume(role, percent));
        }
    }

    fn rebuild(&mut self) {
        let Some(line) = &self.line else { return };
        let used: Vec<u32> = self
            .uses
            .values()
            .filter_map(|(_, name)| self.world.node(name))
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
        self.told_using.clear();
        self.rebuilding = true;
    }

    fn gone(&mut self, id: u32) {
        self.world.ports.remove(&id);
        self.world.links.remove(&id);
        if self.world.nodes.remove(&id).is_some()
            && let Some(line) = &mut self.line
        {
            line.others.remove(&id);
        }
        self.settle();
    }

    fn down(&mut self) -> Option<Line> {
        self.world = World::default();
        self.asked.clear();
        self.told_using.clear();
        self.told_nodes = None;
        if std::mem::take(&mut self.up) {
            self.say(GraphFact::Down(SoundFailure::ServerGone));
        }
        self.line.take()
    }

    /// Brings the graph to what was asked, and says what is seen in it.
    fn settle(&mut self) {
        if !self.up {
            if Role::ALL
                .iter()
                .any(|role| self.world.role(*role).is_none())
            {
                return;
            }
            self.up = true;
            self.say(GraphFact::Up);
            self.say(GraphFact::Cancels(Canceller::Off));
        }
        self.tell_nodes();
        let uses = self
            .uses
            .iter()
            .map(|(role, (_, name))| (*role, name.clone()))
            .collect();
        let acts = self.world.acts(&self.world.pairs(&uses));
        for act in acts {
            self.act(act);
        }
        self.tell_using();
    }

    fn act(&mut self, act: Act) {
        let Some(line) = &self.line else { return };
        match act {
            Act::Link(pair) if !self.asked.contains(&pair) => {
                let made = line.core.create_object::<Link>(
                    "link-factory",
                    &properties! {
                        "link.output.port" => pair.out.to_string(),
                        "link.input.port" => pair.into.to_string(),
                        // A call goes on when the daemon does not.
                        "object.linger" => "true"
                    },
                );
                if made.is_ok() {
                    self.asked.push(pair);
                }
            }
            Act::Link(_) => {}
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

    fn tell_using(&mut self) {
        for role in Role::ALL {
            let seen = self.uses.get(&role).filter(|(_, name)| {
                let (Some(role_node), Some(device)) =
                    (self.world.role(role), self.world.node(name))
                else {
                    return false;
                };
                match role.direction() {
                    Direction::Capture => self.world.linked(device, role_node),
                    Direction::Playback => self.world.linked(role_node, device),
                }
            });
            let seen = seen.map(|(id, _)| id.clone());
            if self.told_using.get(&role) != Some(&seen) {
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
