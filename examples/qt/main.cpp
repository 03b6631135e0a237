// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Puts a process into the background: in C++ with Qt 6 and what qdbusxml2cpp makes of the two interface files.
// CMakeLists.txt says how to build it.
#include <QtCore/QCoreApplication>
#include <QtCore/QTextStream>
#include <QtDBus/QDBusConnection>
#include <QtDBus/QDBusPendingCallWatcher>
#include <QtDBus/QDBusPendingReply>
#include <limits>

#include "io_priority.h"
#include "io_priority_extended.h"

using Plain = OrgExampleIoPriorityInterface;
using Extended = OrgExampleIoPriorityExtended1Interface;

static void refused(const QDBusError& error) {
    QTextStream err(stderr);
    if (error.name() == QLatin1String("org.example.IoPriority.Error.Dismissed")) {
        err << "cancelled\n";  // the person closed the dialog: no more is to be said
    } else if (error.type() == QDBusError::AccessDenied ||
               error.name() == QLatin1String("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired")) {
        err << "not authorized: " << error.message() << '\n';
    } else {
        err << "failed: " << error.message() << '\n';
    }
}

static bool show(Plain& service, const char* when, uint pid) {
    QDBusPendingReply<QString, uint> reply = service.Get(pid);
    reply.waitForFinished();
    if (reply.isError()) {
        refused(reply.error());
        return false;
    }
    QTextStream(stdout) << when << ": " << reply.argumentAt<0>() << ' ' << reply.argumentAt<1>() << '\n';
    return true;
}

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    const auto name = QStringLiteral("org.example.IoPriority");
    const auto path = QStringLiteral("/org/example/IoPriority");
    Plain plain(name, path, QDBusConnection::systemBus());
    Extended extended(name, path, QDBusConnection::systemBus());
    bool is_number = false;
    const auto word = QCoreApplication::arguments().value(1, QStringLiteral("0"));  // 0 is this process
    const uint pid = word.toUInt(&is_number);
    if (!is_number) {
        QTextStream(stderr) << "failed: " << word << " is not a process id\n";
        return 1;
    }
    if (!show(plain, "before", pid)) {
        return 1;
    }
    // polkit may ask a person, and the answer takes as long as the person does. Meanwhile the loop runs, and with it a
    // program's windows.
    extended.setTimeout(std::numeric_limits<int>::max());
    const QDBusPendingCallWatcher watcher(extended.SetPriority(QStringLiteral("process"), QDBusVariant(pid),
                                                               QStringLiteral("idle"), 0,
                                                               {{QStringLiteral("interactive"), true}}));
    QObject::connect(&watcher, &QDBusPendingCallWatcher::finished, [&](const QDBusPendingCallWatcher* finished) {
        const QDBusPendingReply<QVariantMap> reply = *finished;
        if (reply.isError()) {
            refused(reply.error());
            QCoreApplication::exit(1);
            return;
        }
        QTextStream(stdout) << "threads: " << IoPriorityResult(reply.value()).threads << '\n';
        QCoreApplication::exit(show(plain, "after", pid) ? 0 : 1);
    });
    return QCoreApplication::exec();
}
