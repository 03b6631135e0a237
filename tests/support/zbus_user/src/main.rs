// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// zbus_user - a program in Rust that holds, with a trait as zbus-xmlgen writes it.
//
//   hold PID CLASS | release | holds        a line of input each
//
// Prints a line for each: `ok`, with the number of threads or holds where there is one, or `error NAME`. "ready" comes
// first.

use std::collections::HashMap;

use zbus::zvariant::{OwnedFd, OwnedValue, Value};

#[zbus::proxy(
    interface = "org.example.IoPriority.Extended1",
    default_service = "org.example.IoPriority",
    default_path = "/org/example/IoPriority",
    gen_async = false
)]
trait Extended {
    fn hold_priority(
        &self,
        kind: &str,
        target: &Value<'_>,
        io_class: &str,
        level: u32,
        options: HashMap<&str, &Value<'_>>,
    ) -> zbus::Result<(OwnedFd, HashMap<String, OwnedValue>)>;

    #[zbus(property(emits_changed_signal = "false"))]
    fn holds(&self) -> zbus::Result<u32>;
}

fn obey(service: &ExtendedProxy, line: &str, hold: &mut Option<OwnedFd>) -> zbus::Result<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["hold", pid, class] => {
            let target = Value::from(pid.parse::<u32>().unwrap_or(0));
            let (descriptor, result) =
                service.hold_priority("process", &target, class, 0, HashMap::new())?;
            *hold = Some(descriptor);
            Ok(format!("ok {}", u32::try_from(&result["threads"])?))
        }
        ["release"] => {
            *hold = None;
            Ok("ok".into())
        }
        ["holds"] => Ok(format!("ok {}", service.holds()?)),
        _ => Ok("error usage".into()),
    }
}

fn main() -> zbus::Result<()> {
    let service = ExtendedProxy::new(&zbus::blocking::Connection::system()?)?;
    let mut hold = None;
    println!("ready");
    for line in std::io::stdin().lines() {
        match obey(&service, &line?, &mut hold) {
            Ok(words) => println!("{words}"),
            Err(zbus::Error::MethodError(name, _, _)) => println!("error {name}"),
            Err(error) => println!("error {error}"),
        }
    }
    Ok(())
}
