//! Who cancels echo, case by case.

use super::*;

#[test]
fn echo_is_cancelled_by_one_and_for_a_reason() {
    use EchoBy::{Browser, Device, Nobody, Room};
    use EchoPolicy::Auto;
    use OwnCanceller::{No, Unknown, Yes};
    let (holds, broken) = (Some(EchoProof::Holds), Some(EchoProof::Fails));
    let table = [
        // Policy, the device's own and what a check heard of it, heard to fail, a page; who, why.
        (
            Auto,
            (Yes, holds),
            false,
            true,
            Device,
            EchoWhy::DeviceHasOne,
        ),
        (
            Auto,
            (Yes, holds),
            false,
            false,
            Device,
            EchoWhy::DeviceHasOne,
        ),
        (
            Auto,
            (Yes, holds),
            true,
            true,
            Browser,
            EchoWhy::DeviceFails,
        ),
        (Auto, (Yes, holds), true, false, Room, EchoWhy::NoBrowser),
        (
            Auto,
            (Yes, None),
            false,
            true,
            Browser,
            EchoWhy::DeviceUnproven,
        ),
        (Auto, (Yes, None), false, false, Room, EchoWhy::NoBrowser),
        (Auto, (Yes, None), true, true, Browser, EchoWhy::DeviceFails),
        (
            Auto,
            (Yes, broken),
            false,
            true,
            Browser,
            EchoWhy::DeviceFails,
        ),
        (Auto, (Yes, broken), false, false, Room, EchoWhy::NoBrowser),
        (
            Auto,
            (No, None),
            false,
            true,
            Browser,
            EchoWhy::DeviceHasNone,
        ),
        // What nobody claims is not believed, however quiet it was.
        (
            Auto,
            (No, holds),
            false,
            true,
            Browser,
            EchoWhy::DeviceHasNone,
        ),
        (
            Auto,
            (Unknown, holds),
            false,
            true,
            Browser,
            EchoWhy::DeviceUnknown,
        ),
        (Auto, (Unknown, None), true, false, Room, EchoWhy::NoBrowser),
        (
            EchoPolicy::Device,
            (No, broken),
            true,
            true,
            Device,
            EchoWhy::Operator,
        ),
        (
            EchoPolicy::Browser,
            (Yes, holds),
            false,
            true,
            Browser,
            EchoWhy::Operator,
        ),
        (
            EchoPolicy::Room,
            (Yes, holds),
            false,
            true,
            Room,
            EchoWhy::Operator,
        ),
        (
            EchoPolicy::Off,
            (Yes, holds),
            false,
            true,
            Nobody,
            EchoWhy::Operator,
        ),
    ];
    for (policy, own, fails, has_page, by, why) in table {
        let chosen = choose_echo(policy, own, fails, has_page);
        let case = (policy, own, fails, has_page);
        assert_eq!(chosen, EchoChoice { by, why }, "{case:?}");
    }
}
