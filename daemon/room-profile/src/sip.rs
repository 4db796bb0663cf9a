//! What the file says about calls by SIP, checked: which way comes first, the account, what the client is told.
//! Knows no client.

use crate::assemble::Build;
use crate::per_service::ServiceWay;
use crate::profile::{FirstWay, Sip, SipTransport};
use crate::scalars::Line;
use crate::section::At;
use crate::sections::SipSection;
use room_core::ids::ServiceId;
use std::net::{IpAddr, SocketAddr};

impl Build<'_> {
    pub fn ways(&mut self, entries: &[(At<String>, ServiceWay)]) -> Vec<(ServiceId, FirstWay)> {
        let mut ways = Vec::new();
        for (service, ServiceWay(first)) in entries {
            self.known_service(service, &service.value);
            ways.push((ServiceId::new(&*service.value), first.value.0));
        }
        ways
    }

    pub fn sip(&mut self, section: &SipSection) -> Sip {
        self.loopback(&section.control);
        if section.domains.value.0.is_empty() {
            let help = "name the domains that the room may call, or leave `[sip]` out";
            self.wrong(&section.domains, "the room may call nobody", help);
        }
        if section.transport.value.0 == SipTransport::Tls {
            self.has_a_name_to_check(section);
        }
        for device in [
            &section.microphone,
            &section.camera,
            &section.speaker,
            &section.screen,
        ] {
            self.device(device);
        }
        if section.microphone.value.0.starts_with("ausine,") {
            let help = "choose `alsa,...`; a closed microphone is silence from `ausine`, and both could not be told apart";
            self.wrong(
                &section.microphone,
                "the microphone cannot be a generator",
                help,
            );
        }
        if let Some(account) = section
            .account
            .as_ref()
            .filter(|a| !a.value.0.contains('@'))
        {
            let message = format!("`{}` is not an account", account.value.0);
            self.wrong(account, message, "write `USER@DOMAIN`");
        }
        Sip {
            domains: section.domains.value.0.clone(),
            transport: section.transport.value.0,
            encryption: section.encryption.value.0,
            proxy: section.proxy.as_ref().map(|p| p.value.0.clone()),
            account: self.account(
                section.account.as_ref(),
                section.password_file.as_ref(),
                "account",
            ),
            authorities: self.path(&section.authorities),
            control: section.control.value.0,
            listen: section.listen.as_ref().map(|l| l.value.0),
            microphone: section.microphone.value.0.clone(),
            camera: section.camera.value.0.clone(),
            speaker: section.speaker.value.0.clone(),
            screen: section.screen.value.0.clone(),
        }
    }

    /// A client holds a certificate against a name; whose certificate an address shows it does not ask.
    fn has_a_name_to_check(&mut self, section: &SipSection) {
        let help =
            "name the domain that its certificate is made out to, or choose another `transport`";
        let domains = section.domains.value.0.iter();
        for domain in domains.filter(|domain| is_far_address(&domain.host)) {
            let message = format!(
                "`{}` has no name that a certificate could be held against",
                domain.host
            );
            self.wrong(&section.domains, message, help);
        }
        if let Some(proxy) = &section.proxy
            && is_far_address(&proxy.value.0)
        {
            let message = format!(
                "`{}` has no name that a certificate could be held against",
                proxy.value.0
            );
            self.wrong(proxy, message, help);
        }
    }

    fn device(&mut self, device: &At<Line<120>>) {
        let parts = device.value.0.split_once(',');
        if parts.is_none_or(|(driver, _)| driver.is_empty()) {
            let message = format!("`{}` names no device", device.value.0);
            self.wrong(
                device,
                message,
                "write `DRIVER,DEVICE`, such as `alsa,default`",
            );
        }
    }
}

/// An address of another machine, with a port or without.
fn is_far_address(written: &str) -> bool {
    let with_port = written.parse::<SocketAddr>().map(|address| address.ip());
    let alone = || written.trim_matches(['[', ']']).parse::<IpAddr>();
    with_port
        .or_else(|_| alone())
        .is_ok_and(|address| !address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_far_address;

    #[test]
    fn an_address_is_told_from_a_name() {
        for address in [
            "203.0.113.7",
            "203.0.113.7:5061",
            "[2001:db8::1]",
            "[2001:db8::1]:5061",
        ] {
            assert!(is_far_address(address), "{address}");
        }
        for other in [
            "conf.example",
            "conf.example:5061",
            "127.0.0.1",
            "[::1]:5061",
        ] {
            assert!(!is_far_address(other), "{other}");
        }
    }
}
