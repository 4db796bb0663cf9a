//! A network of its own for one room: the room, a router, and this machine as the rest of the world. The router can stop
//! forwarding, so that packets vanish on the way while every cable stays in its socket. Needs root.

use std::net::Ipv4Addr;
use std::process::Command;
use std::sync::atomic::{AtomicU8, Ordering};

static USED: AtomicU8 = AtomicU8::new(0);

/// One room's way to this machine; taken down when dropped.
pub struct Lane {
    /// Where the room finds this machine.
    pub here: Ipv4Addr,
    link: String,
    room: String,
    router: String,
}

impl Lane {
    /// Lays a fresh one.
    pub fn lay() -> Self {
        let of_process = std::process::id() % 30 * 8;
        let number = u8::try_from(of_process).unwrap() + USED.fetch_add(1, Ordering::Relaxed) % 8;
        let part = |last: u8| Ipv4Addr::new(10, 213, number, last);
        let lane = Self {
            here: part(1),
            link: format!("rmd{number}"),
            room: format!("roomd-{number}-room"),
            router: format!("roomd-{number}-router"),
        };
        lane.take_down();
        let Self {
            room, router, link, ..
        } = &lane;
        let (a, b, c, d) = (part(1), part(2), part(5), part(6));
        for line in [
            format!("netns add {room}"),
            format!("netns add {router}"),
            format!("link add {link} type veth peer name out netns {router}"),
            format!("addr add {a}/30 dev {link}"),
            format!("link set {link} up"),
            format!("-n {router} addr add {b}/30 dev out"),
            format!("-n {router} link set out up"),
            format!("-n {router} link add in type veth peer name net netns {room}"),
            format!("-n {router} addr add {c}/30 dev in"),
            format!("-n {router} link set in up"),
            format!("-n {room} addr add {d}/30 dev net"),
            format!("-n {room} link set net up"),
            format!("-n {room} link set lo up"),
            format!("-n {room} route add default via {c}"),
            format!("route add {}/30 via {b}", part(4)),
        ] {
            assert!(ip(&line), "ip {line}");
        }
        lane.carry(true);
        lane
    }

    /// What starts a program on the room's side.
    pub fn starter(&self) -> [&str; 4] {
        ["ip", "netns", "exec", &self.room]
    }

    /// Takes the network away, or gives it back.
    pub fn carry(&self, carry: bool) {
        let setting = format!("net.ipv4.ip_forward={}", u8::from(carry));
        let line = [
            "netns",
            "exec",
            &self.router,
            "sysctl",
            "-q",
            "-w",
            &setting,
        ];
        let done = Command::new("ip").args(line).status();
        assert!(done.is_ok_and(|status| status.success()), "{setting}");
    }

    fn take_down(&self) {
        // First, and both ends at once: that of a namespace which is taken away goes later, when the kernel has time.
        if std::path::Path::new("/sys/class/net")
            .join(&self.link)
            .exists()
        {
            ip(&format!("link del {}", self.link));
        }
        for name in [&self.room, &self.router] {
            if std::path::Path::new("/run/netns").join(name).exists() {
                ip(&format!("netns del {name}"));
            }
        }
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.take_down();
    }
}

fn ip(line: &str) -> bool {
    let done = Command::new("ip").args(line.split(' ')).status();
    done.is_ok_and(|status| status.success())
}
