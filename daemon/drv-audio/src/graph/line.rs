//! One connection to the server: what is kept of it, how it is made, and how one that was lost is given up. Decides nothing.

use super::plan::Link as Pair;
use super::registry::came;
use super::session::Shared;
use super::taps::Taps;
use crate::ports::Role;
use nix::errno::Errno;
use pipewire::context::ContextRc;
use pipewire::core::{CoreRc, Listener as CoreListener, PW_ID_CORE};
use pipewire::link::Link;
use pipewire::node::{Node as NodeProxy, NodeListener};
use pipewire::properties::properties;
use pipewire::proxy::ProxyListener;
use pipewire::registry::{Listener as RegistryListener, RegistryRc};
use std::collections::BTreeMap;
use std::path::Path;

/// A connection. Dropping it leaves links and nodes in the server as they are.
pub(super) struct Line {
    pub(super) taps: Taps,
    /// What links roles to what listens to them: ends with this line, so that nobody listens while no daemon is there.
    pub(super) listening: BTreeMap<Pair, Link>,
    // Listeners before what they listen to.
    pub(super) making: BTreeMap<String, Made>,
    pub(super) roles: Vec<(Role, NodeListener, NodeProxy)>,
    pub(super) others: BTreeMap<u32, (NodeListener, NodeProxy)>,
    _listeners: (RegistryListener, CoreListener),
    pub(super) registry: RegistryRc,
    pub(super) core: CoreRc,
}

/// A node that the server was told to make.
pub(super) struct Made {
    pub(super) _listener: ProxyListener,
    pub(super) _proxy: NodeProxy,
    pub(super) factors: Option<Vec<f32>>,
}

/// Drops a line that was lost, outside of its own callbacks, and makes one where there is none.
pub(super) fn keep(context: &ContextRc, socket: &str, shared: &Shared) {
    if std::mem::take(&mut shared.borrow_mut().lost) {
        let line = shared.borrow_mut().down();
        drop(line);
    }
    if shared.borrow().line.is_some() {
        shared.borrow_mut().beat();
        return;
    }
    let remote = properties! { "remote.name" => socket };
    let Ok(core) = context.connect_rc(Some(remote)) else {
        return;
    };
    let Ok(registry) = core.get_registry_rc() else {
        return;
    };
    let (on_error, on_done) = (shared.clone(), shared.clone());
    let (on_global, on_gone) = (shared.clone(), shared.clone());
    let errors = core
        .add_listener_local()
        .done(move |_, question| on_done.borrow_mut().answered(question))
        .error(move |id, _, code, message| {
            tracing::debug!(id, code, message, "the sound server refuses something");
            // A proxy and what it stands for may end at the same time: then the server only says that it knows of nothing there.
            if id == PW_ID_CORE && code == -(Errno::EPIPE as i32) {
                on_error.borrow_mut().lost = true;
            }
        });
    let errors = errors.register();
    let globals = registry
        .add_listener_local()
        .global(move |global| came(&on_global, global))
        .global_remove(move |id| on_gone.borrow_mut().gone(id))
        .register();
    let mut session = shared.borrow_mut();
    session.line = Some(Line {
        taps: Taps::of(Path::new(socket)),
        listening: BTreeMap::new(),
        making: BTreeMap::new(),
        roles: Vec::new(),
        others: BTreeMap::new(),
        _listeners: (globals, errors),
        registry,
        core,
    });
    session.stir();
}
