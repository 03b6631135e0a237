// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Puts a process into the background: in Rust with zbus.
//
//   cargo run -- PID

use std::process::ExitCode;

/// The methods that it calls, of /usr/share/dbus-1/interfaces/org.example.IoPriority.xml (zbus-xmlgen can write all of it).
#[zbus::proxy(
    interface = "org.example.IoPriority",
    default_service = "org.example.IoPriority",
    default_path = "/org/example/IoPriority",
    gen_async = false
)]
trait IoPriority {
    /// polkit may ask a person, and the answer takes as long as the person does: zbus waits without end.
    #[zbus(allow_interactive_auth)]
    fn set_process(&self, pid: u32, io_class: &str, level: u32) -> zbus::Result<u32>;

    fn get(&self, pid: u32) -> zbus::Result<(String, u32)>;
}

fn background(pid: u32) -> zbus::Result<()> {
    let service = IoPriorityProxy::new(&zbus::blocking::Connection::system()?)?;
    let (class, level) = service.get(pid)?;
    println!("before: {class} {level}");
    println!("threads: {}", service.set_process(pid, "idle", 0)?);
    let (class, level) = service.get(pid)?;
    println!("after: {class} {level}");
    Ok(())
}

fn explain(error: &zbus::Error) -> String {
    let zbus::Error::MethodError(name, message, _) = error else {
        return format!("failed: {error}");
    };
    let message = message.as_deref().unwrap_or_default();
    match name.as_str() {
        "org.example.IoPriority.Error.Dismissed" => "cancelled".into(), // the person closed the dialog: no more is to be said
        "org.freedesktop.DBus.Error.AccessDenied"
        | "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired" => {
            format!("not authorized: {message}")
        }
        _ => format!("failed: {message}"),
    }
}

fn main() -> ExitCode {
    let word = std::env::args().nth(1).unwrap_or("0".to_string()); // 0 is this process
    let Ok(pid) = word.parse() else {
        eprintln!("failed: {word} is not a process id");
        return ExitCode::FAILURE;
    };
    match background(pid) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", explain(&error));
            ExitCode::FAILURE
        }
    }
}
