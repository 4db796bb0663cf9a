//! From checked heads to the lines that the driver opens: heads on one port become one line with one owner.
//! Knows the profile and the driver, and nothing of the room; opens nothing.

use drv_ptz::{
    Answers, AxisScale, HeadConfig, HeadModel, Inverted, Layout, LineConfig, Numbering, Peer, Port,
    Presets, Protocol,
};
use room_profile::{HeadLink, HeadPeer, HeadPort, PlaceLayout, PtzAxis, PtzModel};
use std::path::Path;

/// The lines of these heads, each with its heads in their order. USB cameras keep their places below `presets`.
pub fn lines(heads: &[HeadLink], presets: Option<&Path>) -> Vec<LineConfig> {
    let mut lines: Vec<(&HeadPort, LineConfig)> = Vec::new();
    for head in heads {
        let config = HeadConfig {
            id: head.head.clone(),
            address: head.address,
            model: model(&head.model),
        };
        let line = lines.iter_mut().find(|(port, _)| port.is_same(&head.port));
        match line {
            Some((_, line)) => line.heads.push(config),
            None => lines.push((
                &head.port,
                LineConfig {
                    port: port(head, presets),
                    protocol: protocol(head.protocol),
                    heads: vec![config],
                    trace: None,
                },
            )),
        }
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

fn port(head: &HeadLink, presets: Option<&Path>) -> Port {
    let peer = |peer: &HeadPeer| Peer {
        host: peer.host.clone(),
        port: peer.port,
    };
    match &head.port {
        HeadPort::Serial { path, baud } => Port::Serial {
            path: path.clone(),
            baud: *baud,
        },
        HeadPort::Tcp(there) => Port::Tcp(peer(there)),
        HeadPort::Udp(there) => Port::Udp(peer(there)),
        HeadPort::Sony(there) if head.model.counted => Port::Sony(peer(there), Numbering::Counted),
        HeadPort::Sony(there) => Port::Sony(peer(there), Numbering::Zero),
        HeadPort::Video(path) => Port::Video {
            path: path.clone(),
            presets: presets.map(|folder| folder.join(format!("{}.presets", head.head.as_str()))),
        },
    }
}

fn protocol(protocol: room_profile::Protocol) -> Protocol {
    match protocol {
        room_profile::Protocol::Visca => Protocol::Visca,
        room_profile::Protocol::PelcoD => Protocol::PelcoD,
        room_profile::Protocol::PelcoP => Protocol::PelcoP,
        room_profile::Protocol::Uvc => Protocol::Uvc,
    }
}

/// A model's file as the driver counts.
pub fn model(model: &PtzModel) -> HeadModel {
    let axis = |axis: PtzAxis| AxisScale {
        steps: axis.steps,
        centidegrees: axis.centidegrees,
        least: axis.least,
        most: axis.most,
    };
    let range = &model.presets;
    let all = Presets::new(range.first, range.last, range.offset);
    HeadModel {
        pan: axis(model.pan),
        tilt: axis(model.tilt),
        zoom_most: model.zoom_most,
        pan_speed: model.pan_speed,
        tilt_speed: model.tilt_speed,
        one_speed: model.one_speed,
        layout: match model.layout {
            PlaceLayout::FourFour => Layout::FourFour,
            PlaceLayout::FiveFour => Layout::FiveFour,
            PlaceLayout::FiveFive => Layout::FiveFive,
        },
        presets: range.forbidden.iter().fold(all, |all, n| all.without(*n)),
        home_preset: model.home_preset,
        inverted: Inverted {
            pan: model.inverted_pan,
            tilt: model.inverted_tilt,
        },
        answers: if model.answers {
            Answers::Protocol
        } else {
            Answers::Nothing
        },
        spacing: model.spacing,
        queries: model.queries,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;
    use room_core::ids::HeadId;
    use room_core::units::PresetNumber;
    use room_profile::{HeadAt, OWN_PTZ_MODELS, SourceFile, ptz_model};

    fn own(name: &str) -> PtzModel {
        let (_, text) = OWN_PTZ_MODELS.iter().find(|(own, _)| *own == name).unwrap();
        ptz_model(&SourceFile::new(name, *text))
            .unwrap_or_else(|p| panic!("{}", p.lines().join("\n")))
    }

    fn head(role: &str, at: &str, address: u8, model: &str) -> HeadLink {
        let (at, model) = (HeadAt::parse(at).unwrap(), own(model));
        let protocol = model.protocols[0];
        HeadLink {
            head: HeadId::new(role),
            protocol,
            port: at.port(protocol, &model, None),
            address,
            model,
        }
    }

    #[test]
    fn heads_on_one_port_are_one_line() {
        let heads = [
            head("front", "/dev/a", 1, "common"),
            head("usb", "/dev/video2", 1, "logitech-rally"),
            head("back", "/dev/a", 2, "sony-evi-d70"),
            head("net", "sony://camera", 1, "sony-brc-x400"),
        ];
        let lines = lines(&heads, Some(Path::new("/state/heads")));
        let shown: Vec<_> = lines
            .iter()
            .map(|line| (line.port.to_string(), line.heads.len()))
            .collect();
        let port = |text: &str, heads| (text.to_owned(), heads);
        assert_eq!(
            shown,
            [
                port("/dev/a", 2),
                port("/dev/video2", 1),
                port("sony://camera:52381", 1)
            ]
        );
        let Port::Video { presets, .. } = &lines[1].port else {
            panic!("{:?}", lines[1].port);
        };
        assert_eq!(
            presets.as_deref(),
            Some(Path::new("/state/heads/usb.presets"))
        );
    }

    #[test]
    fn the_models_files_say_what_the_driver_counts_by() {
        assert_eq!(model(&own("common")), HeadModel::COMMON);
        let g2 = model(&own("ptzoptics-g2")).presets;
        assert_eq!(g2.on_wire(PresetNumber(94)), Some(94));
        assert_eq!(g2.on_wire(PresetNumber(95)), None);
        assert_eq!(model(&own("sony-brc-x1000")).layout, Layout::FiveFour);
        assert!(model(&own("sony-brc-x400")).one_speed);
        assert_eq!(model(&own("silent")).answers, Answers::Nothing);
        assert_eq!(model(&own("pelco")).presets.on_wire(PresetNumber(0)), None);
    }
}
