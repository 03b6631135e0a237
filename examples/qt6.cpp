// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Puts a process into the background: in C++ with Qt 6 and what qdbusxml2cpp makes of the interface file. In CMake:
//
//   find_package(Qt6 REQUIRED COMPONENTS Core DBus)
//   qt_add_dbus_interface(generated /usr/share/dbus-1/interfaces/org.example.IoPriority.xml io_priority)
//   add_executable(background qt6.cpp ${generated})
//   target_link_libraries(background PRIVATE Qt6::DBus)
#include <QtCore/QCoreApplication>
#include <QtCore/QTextStream>
#include <QtDBus/QDBusConnection>
#include <QtDBus/QDBusMessage>
#include <QtDBus/QDBusPendingCallWatcher>
#include <QtDBus/QDBusPendingReply>
#include <limits>

#include "io_priority.h"

static QTextStream out(stdout);
static QTextStream err(stderr);

static void refused(const QDBusError& error) {
    if (error.name() == "org.example.IoPriority.Error.Dismissed") {
        err << "cancelled\n";  // the person closed the dialog: no more is to be said
    } else if (error.type() == QDBusError::AccessDenied ||
               error.name() == "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired") {
        err << "not authorized: " << error.message() << '\n';
    } else {
        err << "failed: " << error.message() << '\n';
    }
    err.flush();
    QCoreApplication::exit(1);
}

/// polkit may ask a person, and the answer takes as long as the person does. From Qt 6.7 on the generated SetProcess()
/// can do it, after setInteractiveAuthorizationAllowed(true) and setTimeout(); before, the message is made by hand.
static QDBusPendingReply<uint> set_process(OrgExampleIoPriorityInterface& service, uint pid, const QString& io_class,
                                           uint level) {
    auto message = QDBusMessage::createMethodCall(service.service(), service.path(), service.interface(), "SetProcess");
    message.setArguments({pid, io_class, level});
    message.setInteractiveAuthorizationAllowed(true);
    return service.connection().asyncCall(message, std::numeric_limits<int>::max());
}

static bool show(OrgExampleIoPriorityInterface& service, const char* when, uint pid) {
    QDBusPendingReply<QString, uint> reply = service.Get(pid);
    reply.waitForFinished();
    if (reply.isError()) {
        refused(reply.error());
        return false;
    }
    out << when << ": " << reply.argumentAt<0>() << ' ' << reply.argumentAt<1>() << Qt::endl;
    return true;
}

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    const uint pid = QCoreApplication::arguments().value(1).toUInt();  // 0 is this process
    OrgExampleIoPriorityInterface service("org.example.IoPriority", "/org/example/IoPriority",
                                          QDBusConnection::systemBus());
    if (!show(service, "before", pid)) {
        return 1;
    }
    const QDBusPendingCallWatcher watcher(set_process(service, pid, "idle", 0));
    QObject::connect(&watcher, &QDBusPendingCallWatcher::finished, [&](const QDBusPendingCallWatcher* finished) {
        const QDBusPendingReply<uint> reply = *finished;
        if (reply.isError()) {
            refused(reply.error());
            return;
        }
        out << "threads: " << reply.value() << Qt::endl;
        QCoreApplication::exit(show(service, "after", pid) ? 0 : 1);
    });
    return QCoreApplication::exec();
}
