//! What the server says it has: nodes, ports, links, by number. Decides nothing.

use pipewire::registry::{GlobalObject, Listener, RegistryRc};
use pipewire::spa::utils::dict::DictRef;
use pipewire::types::ObjectType;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The server's things.
#[derive(Debug, Default)]
pub(crate) struct Book {
    nodes: BTreeMap<u32, String>,
    ports: BTreeMap<u32, Port>,
    by_id: BTreeMap<u32, (u32, u32)>,
    pub(crate) links: BTreeSet<(u32, u32)>,
    /// Everything has been told that was there at the beginning.
    pub(crate) whole: bool,
    /// The server is gone.
    pub(crate) lost: bool,
}

#[derive(Debug)]
struct Port {
    node: u32,
    out: bool,
    place: u32,
}

impl Book {
    /// A node by its name.
    pub(crate) fn node(&self, name: &str) -> Option<u32> {
        let mut nodes = self.nodes.iter();
        nodes.find(|(_, of)| *of == name).map(|(id, _)| *id)
    }

    /// The ports of a node that play, or that hear, in their order.
    pub(crate) fn ports(&self, node: u32, out: bool) -> Vec<u32> {
        let ours = self.ports.iter();
        let ours = ours.filter(|(_, port)| port.node == node && port.out == out);
        let mut ours: Vec<(u32, u32)> = ours.map(|(id, port)| (port.place, *id)).collect();
        ours.sort_unstable();
        ours.into_iter().map(|(_, id)| id).collect()
    }

    fn came(&mut self, global: &GlobalObject<&DictRef>) {
        let Some(dict) = global.props else { return };
        let number = |key: &str| dict.get(key).and_then(|value| value.parse::<u32>().ok());
        match global.type_ {
            ObjectType::Node => {
                let name = dict.get("node.name").unwrap_or_default().to_owned();
                self.nodes.insert(global.id, name);
            }
            ObjectType::Port => {
                let Some(node) = number("node.id") else {
                    return;
                };
                let port = Port {
                    node,
                    out: dict.get("port.direction") == Some("out"),
                    place: number("port.id").unwrap_or(u32::MAX),
                };
                self.ports.insert(global.id, port);
            }
            ObjectType::Link => {
                let ends = (number("link.output.port"), number("link.input.port"));
                if let (Some(out), Some(into)) = ends {
                    self.links.insert((out, into));
                    self.by_id.insert(global.id, (out, into));
                }
            }
            _ => {}
        }
    }

    fn gone(&mut self, id: u32) {
        self.nodes.remove(&id);
        self.ports.remove(&id);
        if let Some(pair) = self.by_id.remove(&id) {
            self.links.remove(&pair);
        }
    }
}

/// Keeps the book for as long as the listener lives.
pub(crate) fn listen(registry: &RegistryRc, book: &Rc<RefCell<Book>>) -> Listener {
    let (came, gone) = (book.clone(), book.clone());
    registry
        .add_listener_local()
        .global(move |global| came.borrow_mut().came(global))
        .global_remove(move |id| gone.borrow_mut().gone(id))
        .register()
}
