//! What the server announces, written down for `plan`: nodes, ports and links, and what nodes say of themselves. Decides nothing.

use super::cards::PLUG;
use super::conf;
use super::plan::{Link as Pair, Node, Port};
use super::session::Shared;
use crate::ports::Role;
use pipewire::node::{Node as NodeProxy, NodeInfoRef, NodeState};
use pipewire::registry::GlobalObject;
use pipewire::spa::param::ParamType;
use pipewire::spa::utils::dict::DictRef;
use pipewire::types::ObjectType;

const AUTOCONNECT: &str = "node.autoconnect";

pub(super) fn came(shared: &Shared, global: &GlobalObject<&DictRef>) {
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
                open: dict.get(AUTOCONNECT) == Some("true"),
                target: text("target.object"),
                client: number("client.id"),
                ..Node::default()
            };
            let role = Role::ALL
                .into_iter()
                .find(|role| conf::node(*role) == node.name);
            let name = node.name.clone();
            shared.borrow_mut().world.nodes.insert(global.id, node);
            watch(shared, global, role);
            shared.borrow_mut().made(global.id, &name);
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
            session.world.asked.remove(&Pair { out, into });
            session.world.links.insert(global.id, Pair { out, into });
        }
        _ => return,
    }
    shared.borrow_mut().stir();
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
            let mut session = on_info.borrow_mut();
            if let Some(node) = session.world.nodes.get_mut(&id) {
                tell(node, info);
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

fn tell(node: &mut Node, info: &NodeInfoRef) {
    node.broken = matches!(info.state(), NodeState::Error(_));
    let Some(dict) = info.props() else { return };
    let text = |key: &str| dict.get(key).map(String::from);
    node.device = text("room.device").or(node.device.take());
    node.open |= dict.get(AUTOCONNECT) == Some("true");
    node.target = text("target.object").or(node.target.take());
    node.path = text("api.alsa.path").or(node.path.take());
    let plug = dict.get(PLUG).and_then(|plug| plug.parse().ok());
    node.plug = plug.or(node.plug);
}
