// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hold.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <QDBusConnection>
#include <QDBusPendingReply>
#include <QHash>
#include <limits>

namespace {

QString ended() {
    return QStringLiteral("A process of the backup has ended already: the backup runs at its usual priority.");
}

/// What a person is told about an error.
QString sentence(const QDBusError& error) {
    static const QHash<QString, QString> reasons{
        {QStringLiteral("org.freedesktop.DBus.Error.AccessDenied"),
         QStringLiteral("You may not lower what works for this backup, or the dialog was closed")},
        {QStringLiteral("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"),
         QStringLiteral("A password is needed, and nobody was asked")},
        {QStringLiteral("org.freedesktop.DBus.Error.LimitsExceeded"),
         QStringLiteral("Too many programs hold priorities already")},
        {QStringLiteral("org.freedesktop.DBus.Error.ServiceUnknown"),
         QStringLiteral("The service iopriority is not installed")},
        {QStringLiteral("org.example.IoPriority.Error.AuthorityUnavailable"),
         QStringLiteral("The question for a password was not answered")},
    };
    if (error.name() == QStringLiteral("org.example.IoPriority.Error.NoSuchProcess")) {
        return ended();
    }
    if (error.name() == QStringLiteral("org.example.IoPriority.Error.Dismissed")) {
        return QStringLiteral(
            "The backup runs at its usual priority.");  // the person closed the dialog, and need not be told
    }
    const auto reason = reasons.constFind(error.name());
    return reason == reasons.cend() ? QStringLiteral("The backup could not be lowered: ") + error.message()
                                    : *reason + QStringLiteral(": the backup runs at its usual priority.");
}

/// A number may come to mean another process, and means none of this sandbox to the service: a pidfd is right.
QDBusUnixFileDescriptor pidfd(qint64 pid) {
    QDBusUnixFileDescriptor descriptor;
    descriptor.giveFileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0)));
    return descriptor;
}

}  // namespace

Hold::Hold(QObject* parent)
    : QObject(parent),
      service_(QStringLiteral("org.example.IoPriority"), QStringLiteral("/org/example/IoPriority"),
               QDBusConnection::systemBus()) {
    service_.setTimeout(std::numeric_limits<int>::max());  // the answer takes as long as the person does
}

void Hold::begin(const QList<qint64>& pids, bool interactive) {
    if (pending_ || descriptor_.isValid()) {
        return;
    }
    QList<QDBusUnixFileDescriptor> pidfds;
    for (const qint64 pid : pids) {
        pidfds << pidfd(pid);
        if (!pidfds.last().isValid()) {
            refused_ = true;
            emit said(ended());
            return;
        }
    }
    pending_ = new QDBusPendingCallWatcher(
        service_.HoldPriority(QStringLiteral("pidfds"), QDBusVariant(QVariant::fromValue(pidfds)),
                              QStringLiteral("idle"), 0,
                              {{QStringLiteral("descendants"), true}, {QStringLiteral("interactive"), interactive}}),
        this);
    connect(pending_, &QDBusPendingCallWatcher::finished, this, &Hold::begun);
}

void Hold::begun(QDBusPendingCallWatcher* watcher) {
    const QDBusPendingReply<QDBusUnixFileDescriptor, QVariantMap> reply = *watcher;
    delete watcher;
    if (reply.isError()) {
        refused_ = true;
        emit said(sentence(reply.error()));
        return;
    }
    descriptor_ = reply.argumentAt<0>();
    notifier_ = new QSocketNotifier(descriptor_.fileDescriptor(), QSocketNotifier::Read, this);
    connect(notifier_, &QSocketNotifier::activated, this, &Hold::told);
    const IoPriorityResult result(reply.argumentAt<1>());
    emit said(
        QStringLiteral("In the background: %1 processes with %2 threads.").arg(result.processes).arg(result.threads));
}

/// One byte: somebody has set a held thread. The end: the hold is lost.
void Hold::told() {
    char byte = 0;
    if (read(descriptor_.fileDescriptor(), &byte, 1) == 1) {
        emit said(QStringLiteral("Somebody else has set the priority of the backup: that stays."));
        return;
    }
    end();
    emit said(QStringLiteral("The service was stopped: the backup runs at its usual priority."));
}

void Hold::end() {
    refused_ = false;
    delete pending_;  // a hold that comes nevertheless ends with the reply
    delete notifier_;
    descriptor_ = QDBusUnixFileDescriptor();
}
