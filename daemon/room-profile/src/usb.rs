//! How a section says which USB device is meant, the same in every section of devices, and what labels of a board stand for.
//! What makes a binding is the crate `identity`'s; here are its keys, its mistakes, and the roles that come of it.

use crate::assemble::Build;
use crate::describe::{Docs, KeyDoc, Path, TableDoc};
use crate::fittings::PhonePlace;
use crate::problem::{Kind as ProblemKind, Problem};
use crate::profile::PuckLink;
use crate::scalars::{FilePath, Line, Whole};
use crate::section::{At, Field, Item, Literal, Reader, Scalar, Spot, Wrong, scalar};
use crate::sections::PuckSection;
use crate::suggest;
use crate::tree::{Node, Value};
use identity::{Binding, Kind, Mistake, Role, UsbModel, UsbSpot};
use room_core::ids::PuckId;
use std::path::PathBuf;

/// The four keys.
#[derive(Debug)]
pub(crate) struct UsbKeys {
    place: Option<At<Line<60>>>,
    model: Option<At<ModelWord>>,
    serial: Option<At<SerialWord>>,
    interface: Option<At<Whole<0, 31>>>,
}

const KEYS: [(&str, &str); 4] = [
    (
        "usb",
        "The USB socket it is plugged into: a label of the board's `[places]`, or the socket as `roomctl devices` shows it, \
         such as \"0000:00:14.0/3.2\". The short form \"1-3.2\" holds on machines with one USB controller. Whatever fits is \
         taken there, so a device may be swapped for one of the same model.",
    ),
    (
        "usb_model",
        "Vendor and product; with `usb`, no other model is taken there. Of a speakerphone, which a room has one of, it says \
         enough by itself.",
    ),
    (
        "usb_serial",
        "The serial number, with `usb_model`. Without `usb` the device is found in any socket; with it, it is looked for \
         elsewhere only when nothing of its model is in its socket.",
    ),
    (
        "usb_interface",
        "The interface of a device with several lines or sets of keys, from 0; without it, the first that fits.",
    ),
];

impl UsbKeys {
    /// Vendor and product, when they are given.
    pub(crate) fn model(&self) -> Option<UsbModel> {
        self.model.as_ref().map(|model| model.value.0)
    }

    /// The first key that is there.
    fn first(&self) -> Option<Mark> {
        mark(self.place.as_ref())
            .or_else(|| mark(self.model.as_ref()))
            .or_else(|| mark(self.serial.as_ref()))
            .or_else(|| mark(self.interface.as_ref()))
    }
}

/// Where a problem of the keys together is shown.
type Mark = At<()>;

fn mark<T>(key: Option<&At<T>>) -> Option<Mark> {
    let key = key?;
    Some(At {
        value: (),
        place: key.place.clone(),
        bad: key.bad,
    })
}

impl Field for UsbKeys {
    fn take(reader: &mut Reader<'_>, _: &'static str, _: Option<Literal>) -> Self {
        let [(place, _), (model, _), (serial, _), (interface, _)] = KEYS;
        UsbKeys {
            place: Field::take(reader, place, None),
            model: Field::take(reader, model, None),
            serial: Field::take(reader, serial, None),
            interface: Field::take(reader, interface, None),
        }
    }

    fn describe(path: &Path<'_>, docs: &mut Docs) {
        let expected = [
            "a label or a socket".to_owned(),
            ModelWord::expected(),
            SerialWord::expected(),
            Whole::<0, 31>::expected(),
        ];
        for ((key, doc), expected) in KEYS.into_iter().zip(expected) {
            let path = Path {
                table: path.table,
                key,
                default: None,
                doc: doc.to_owned(),
            };
            docs.key(&path, expected, Some("nothing".to_owned()));
        }
    }
}

/// Vendor and product.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ModelWord(pub UsbModel);

impl Scalar for ModelWord {
    fn expected() -> String {
        "a USB model such as \"0403:6001\"".to_owned()
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        let word = text(value, &Self::expected())?;
        let refused = |_| {
            Wrong::new(format!("`{word}` is not {}", Self::expected()))
                .help("`roomctl devices` and `lsusb` show it")
        };
        word.parse().map(ModelWord).map_err(refused)
    }

    fn fallback() -> Self {
        ModelWord(UsbModel {
            vendor: 0,
            product: 0,
        })
    }
}

/// A serial number.
#[derive(Debug, Clone)]
pub(crate) struct SerialWord(String);

impl Scalar for SerialWord {
    fn expected() -> String {
        "a serial number as `roomctl devices` shows it, at most 126 characters".to_owned()
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        Line::<126>::read(value).map(|line| SerialWord(line.0))
    }

    fn fallback() -> Self {
        SerialWord(String::new())
    }
}

/// A socket behind a label.
#[derive(Debug, Clone)]
pub(crate) struct SpotWord(UsbSpot);

impl Scalar for SpotWord {
    fn expected() -> String {
        "a socket as `roomctl devices` shows it, such as \"0000:00:14.0/3.2\"".to_owned()
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        let word = text(value, &Self::expected())?;
        let refused = |_| {
            Wrong::new(format!("`{word}` is not a USB socket"))
                .help(format!("expected {}", Self::expected()))
        };
        word.parse().map(SpotWord).map_err(refused)
    }

    fn fallback() -> Self {
        SpotWord(UsbSpot::Bus {
            bus: 1,
            ports: identity::Ports::first(),
        })
    }
}

fn text<'a>(value: &'a Value, expected: &str) -> Result<&'a str, Wrong> {
    match value {
        Value::Text(text) => Ok(text.trim()),
        other => Err(Wrong::new(format!(
            "expected {expected}, found {}",
            other.kind()
        ))),
    }
}

/// What a label stands for.
#[derive(Debug)]
pub(crate) struct Labelled(At<SpotWord>);

impl Item for Labelled {
    const KEY: &'static str = "LABEL";

    fn item(node: &Node, _: Spot, problems: &mut Vec<Problem>) -> Self {
        Labelled(scalar(node, problems))
    }

    fn describe_item(_: &Path<'_>, docs: &mut Docs) {
        docs.tables.push(TableDoc {
            path: "places".to_owned(),
            doc: "Sockets by the labels that are printed on the board or the kit, so that a room's file says `usb = \"CAM-FRONT\"`. \
                  Stands in the board's file as a rule; `roomctl devices` shows which socket a plugged device is in."
                .to_owned(),
            keys: vec![KeyDoc {
                key: Self::KEY.to_owned(),
                expected: SpotWord::expected(),
                default: None,
                doc: "The socket that carries this label.".to_owned(),
            }],
        });
    }
}

/// What a section says about the line of its device.
pub(crate) struct Wanted<'a> {
    pub kind: Kind,
    pub role: &'a At<String>,
    pub path: Option<&'a At<FilePath>>,
    pub usb: &'a UsbKeys,
}

/// The roles that are bound to USB devices, while the sections are read.
pub(crate) struct Bindings<'a> {
    places: &'a [(At<String>, Labelled)],
    links: PathBuf,
    pub roles: Vec<Role>,
}

impl<'a> Bindings<'a> {
    /// `links` is the folder where the daemon keeps a link for each role.
    pub fn new(places: &'a [(At<String>, Labelled)], links: PathBuf) -> Self {
        Bindings {
            places,
            links,
            roles: Vec::new(),
        }
    }

    /// Every label with its socket.
    pub fn places(&self) -> Vec<(String, UsbSpot)> {
        let place = |(label, labelled): &(At<String>, Labelled)| {
            (label.value.clone(), labelled.0.value.0.clone())
        };
        self.places.iter().map(place).collect()
    }

    /// Where the daemon opens the device: the path that the file names, or the link of its role.
    pub fn line(&mut self, build: &mut Build<'_>, wanted: &Wanted<'_>) -> PathBuf {
        match (wanted.path, wanted.usb.first()) {
            (Some(path), None) => build.path(path),
            (None, Some(mark)) => self.bound(build, wanted, &mark),
            (Some(path), Some(_)) => {
                let message = "`serial` and `usb` both say where the line is";
                build.wrong(path, message, "keep the one that is right");
                build.path(path)
            }
            (None, None) => {
                let message = format!("nothing says where the line of `{}` is", wanted.role.value);
                let help = "add `usb = \"…\"` with the socket that `roomctl devices` shows, or `serial = \"…\"` with a path";
                let problem =
                    Problem::new(wanted.role.place.clone(), message, Some(help.to_owned()));
                build.problems.push(problem.of(ProblemKind::Missing));
                PathBuf::new()
            }
        }
    }

    /// The lines of table buttons.
    pub fn pucks(
        &mut self,
        build: &mut Build<'_>,
        pucks: &[(At<String>, PuckSection)],
    ) -> Vec<PuckLink> {
        let link = |(role, puck): &(At<String>, PuckSection)| {
            let wanted = Wanted {
                kind: Kind::Puck,
                role,
                path: puck.serial.as_ref(),
                usb: &puck.usb,
            };
            PuckLink {
                puck: PuckId::new(&*role.value),
                serial: self.line(build, &wanted),
                display: puck.display.value.0,
            }
        };
        pucks.iter().map(link).collect()
    }

    /// The name of the link to a camera that is bound to USB.
    pub fn camera(
        &mut self,
        build: &mut Build<'_>,
        role: &At<String>,
        usb: &UsbKeys,
    ) -> Option<String> {
        self.named(build, (Kind::Camera, role), usb)
    }

    fn named(
        &mut self,
        build: &mut Build<'_>,
        (kind, role): (Kind, &At<String>),
        usb: &UsbKeys,
    ) -> Option<String> {
        let mark = usb.first()?;
        let path = None;
        let wanted = Wanted {
            kind,
            role,
            path,
            usb,
        };
        let link = self.bound(build, &wanted, &mark);
        Some(link.file_name()?.to_string_lossy().into_owned())
    }

    /// The speakerphone's place: without a word about USB, the first that is found.
    pub fn speakerphone(&mut self, build: &mut Build<'_>, usb: &UsbKeys) -> PhonePlace {
        let Some(mark) = usb.first() else {
            return PhonePlace::First;
        };
        let role = At {
            value: "speakerphone".to_owned(),
            place: mark.place.clone(),
            bad: mark.bad,
        };
        let wanted = Wanted {
            kind: Kind::Keys,
            role: &role,
            path: None,
            usb,
        };
        let link = self.bound(build, &wanted, &mark);
        match usb.interface {
            Some(_) => PhonePlace::Node(link),
            None => PhonePlace::DeviceOf(link),
        }
    }

    /// The name of the link to a sound card that is bound to USB.
    pub fn sound(
        &mut self,
        build: &mut Build<'_>,
        role: &At<String>,
        usb: &UsbKeys,
    ) -> Option<String> {
        self.named(build, (Kind::Sound, role), usb)
    }

    /// Whether anything is said about USB.
    pub fn says(usb: &UsbKeys) -> bool {
        usb.first().is_some()
    }

    fn bound(&mut self, build: &mut Build<'_>, wanted: &Wanted<'_>, mark: &Mark) -> PathBuf {
        let Some(role) = self.role(build, wanted, mark) else {
            return PathBuf::new();
        };
        let same =
            |other: &&Role| other.binding == role.binding && other.interface == role.interface;
        let label = match self.roles.iter().find(same) {
            // Several cameras can hang on one line, and a speakerphone hears and plays.
            Some(other) if other.kind == role.kind && shared(role.kind) => other.label(),
            _ => {
                if let Some(other) = self.roles.iter().find(|other| clash(other, &role)) {
                    let message = format!("`{}` is bound to the same device", other.label());
                    build.wrong(
                        mark,
                        message,
                        "give each its own socket, or name their `usb_interface`",
                    );
                }
                let label = role.label();
                self.roles.push(role);
                label
            }
        };
        self.links.join(label)
    }

    fn role(&self, build: &mut Build<'_>, wanted: &Wanted<'_>, mark: &Mark) -> Option<Role> {
        let usb = wanted.usb;
        let spot = match &usb.place {
            Some(place) => Some(self.spot(build, place)?),
            None => None,
        };
        let model = usb.model.as_ref().map(|model| model.value.0);
        let serial = usb.serial.as_ref().map(|serial| serial.value.0.clone());
        let (message, help) = match Binding::of(wanted.kind, spot, model, serial) {
            Ok(binding) => {
                return Some(Role {
                    kind: wanted.kind,
                    name: wanted.role.value.clone(),
                    binding,
                    interface: usb
                        .interface
                        .as_ref()
                        .and_then(|number| u8::try_from(number.value.0).ok()),
                });
            }
            Err(Mistake::Nothing) => (
                "`usb_interface` does not say which device",
                "add `usb = \"…\"`",
            ),
            Err(Mistake::SerialWithoutModel) => (
                "`usb_serial` without `usb_model`: makers use the same numbers",
                "add `usb_model = \"…\"`, as `roomctl devices` shows it",
            ),
            Err(Mistake::ModelAlone) => (
                "`usb_model` alone fits every device of this model",
                "add `usb = \"…\"` or `usb_serial = \"…\"`",
            ),
        };
        build.wrong(mark, message, help);
        None
    }

    fn spot(&self, build: &mut Build<'_>, place: &At<Line<60>>) -> Option<UsbSpot> {
        let written = &place.value.0;
        if let Some((_, labelled)) = self
            .places
            .iter()
            .find(|(label, _)| label.value == *written)
        {
            return Some(labelled.0.value.0.clone());
        }
        if let Ok(spot) = written.parse() {
            return Some(spot);
        }
        let labels = self.places.iter().map(|(label, _)| label.value.as_str());
        let help = match suggest::nearest(written, labels.clone()) {
            _ if written.parse::<UsbModel>().is_ok() => {
                format!("a model is written as `usb_model = \"{written}\"`")
            }
            Some(near) => format!("did you mean `{near}`?"),
            None if self.places.is_empty() => format!(
                "expected {}; this board has no `[places]`",
                SpotWord::expected()
            ),
            None => {
                let labels: Vec<_> = labels.map(|label| format!("`{label}`")).collect();
                format!(
                    "expected {}, or one of {}",
                    SpotWord::expected(),
                    labels.join(", ")
                )
            }
        };
        build.wrong(
            place,
            format!("`{written}` is neither a label nor a USB socket"),
            help,
        );
        None
    }
}

/// Whether several roles may have one device.
fn shared(kind: Kind) -> bool {
    matches!(kind, Kind::Head | Kind::Sound)
}

/// Whether both roles would need the same node.
fn clash(one: &Role, other: &Role) -> bool {
    let interfaces =
        one.interface.is_none() || other.interface.is_none() || one.interface == other.interface;
    let place = one.binding.spot().is_some() && one.binding.spot() == other.binding.spot();
    let unit = one.binding.unit().is_some() && one.binding.unit() == other.binding.unit();
    one.kind.node() == other.kind.node() && interfaces && (place || unit)
}
