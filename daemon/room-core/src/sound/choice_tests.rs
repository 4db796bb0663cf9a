//! Who cancels echo, case by case.

use super::*;

#[test]
fn echo_is_cancelled_by_one_and_for_a_reason() {
    use EchoBy::{Browser, Device, Nobody, Room};
    use EchoPolicy::Auto;
    use OwnCanceller::{No, Unknown, Yes};
    let table = [
        // Policy, the device's own, heard to fail, a page; who, why.
        (Auto, Yes, false, true, Device, EchoWhy::DeviceHasOne),
        (Auto, Yes, false, false, Device, EchoWhy::DeviceHasOne),
        (Auto, Yes, true, true, Browser, EchoWhy::DeviceFails),
        (Auto, Yes, true, false, Room, EchoWhy::NoBrowser),
        (Auto, No, false, true, Browser, EchoWhy::DeviceHasNone),
        (Auto, Unknown, false, true, Browser, EchoWhy::DeviceUnknown),
        (Auto, Unknown, true, false, Room, EchoWhy::NoBrowser),
        (
            EchoPolicy::Device,
            No,
            true,
            true,
            Device,
            EchoWhy::Operator,
        ),
        (
            EchoPolicy::Browser,
            Yes,
            false,
            true,
            Browser,
            EchoWhy::Operator,
        ),
        (EchoPolicy::Room, Yes, false, true, Room, EchoWhy::Operator),
        (EchoPolicy::Off, Yes, false, true, Nobody, EchoWhy::Operator),
    ];
    for (policy, own, fails, has_page, by, why) in table {
        let chosen = choose_echo(policy, own, fails, has_page);
        let case = (policy, own, fails, has_page);
        assert_eq!(chosen, EchoChoice { by, why }, "{case:?}");
    }
}
