//! Mute and loudness of a node as PipeWire's own values, both ways. Pure.

use pipewire::spa::param::ParamType;
use pipewire::spa::pod::deserialize::PodDeserializer;
use pipewire::spa::pod::serialize::PodSerializer;
use pipewire::spa::pod::{Object, Property, Value, ValueArray};
use pipewire::spa::utils::SpaTypes;
use room_core::units::{Percent, Switch};

// spa/param/props.h: SPA_PROP_mute, SPA_PROP_channelVolumes. The crate does not name them outside its unsafe half.
const MUTE: u32 = 0x1_0004;
const VOLUMES: u32 = 0x1_0008;

/// What a node says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Props {
    pub(super) switch: Option<Switch>,
    pub(super) volume: Option<Percent>,
}

/// The command that mutes or opens a node.
pub(super) fn switch(switch: Switch) -> Option<Vec<u8>> {
    write(Property::new(MUTE, Value::Bool(switch == Switch::Closed)))
}

/// The command that sets a node's loudness. Percent are a person's: their cube is what samples are multiplied by, as everywhere
/// in PipeWire and PulseAudio.
pub(super) fn volume(percent: Percent, channels: usize) -> Option<Vec<u8>> {
    factors(vec![factor(percent); channels])
}

/// What samples are multiplied by at a role's loudness: ears count in powers.
pub fn factor(percent: Percent) -> f32 {
    (f32::from(percent.get()) / 100.0).powi(3)
}

/// The command that multiplies each channel of a node by its own factor.
pub(super) fn factors(factors: Vec<f32>) -> Option<Vec<u8>> {
    write(Property::new(
        VOLUMES,
        Value::ValueArray(ValueArray::Float(factors)),
    ))
}

fn write(property: Property) -> Option<Vec<u8>> {
    let type_ = SpaTypes::ObjectParamProps.as_raw();
    let object = Object {
        type_,
        id: ParamType::Props.as_raw(),
        properties: vec![property],
    };
    let bytes = PodSerializer::serialize(std::io::Cursor::new(Vec::new()), &Value::Object(object));
    bytes.ok().map(|(cursor, _)| cursor.into_inner())
}

/// Reads a node's answer; what it does not say is `None`.
pub(super) fn read(bytes: &[u8]) -> Props {
    let mut props = Props::default();
    let Ok((_, Value::Object(object))) = PodDeserializer::deserialize_any_from(bytes) else {
        return props;
    };
    for property in object.properties {
        match (property.key, property.value) {
            (MUTE, Value::Bool(mute)) => {
                props.switch = Some(if mute { Switch::Closed } else { Switch::Open })
            }
            (VOLUMES, Value::ValueArray(ValueArray::Float(factors))) => {
                let loudest = factors.into_iter().fold(0.0, f32::max);
                props.volume = Some(Percent::new((loudest.cbrt() * 100.0).round() as u8));
            }
            _ => {}
        }
    }
    props
}
