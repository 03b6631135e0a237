// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// qt_user - a program with QtDBus that calls every method of org.example.IoPriority.Extended1, with the types of
// <iopriority/qtdbus.hpp>. It is compiled with the strict settings of KDE, and has the plain interface, too.
//
//   set PID... CLASS | hold PID... CLASS | release | describe PID... | devices | holds | version        a line of input
//   set-any KIND NAME CLASS LEVEL [interactive]                                                          each
//
// Prints a line for each: `error NAME` (set-any: with the text), or what came. "ready" comes first.
#include <QtCore/QCoreApplication>
#include <QtCore/QTextStream>
#include <QtDBus/QDBusConnection>
#include <QtDBus/QDBusPendingReply>
#include <QtDBus/QDBusUnixFileDescriptor>

#include <sys/syscall.h>
#include <unistd.h>

#include <limits>

#include "io_priority.h"
#include "io_priority_extended.h"

namespace {

QDBusUnixFileDescriptor hold;

QString text(const IoPriorityCounts& counts) {
    QStringList words;
    for (auto count = counts.cbegin(); count != counts.cend(); ++count) {
        words << count.key() + QLatin1Char('=') + QString::number(count.value());
    }
    return QLatin1Char('{') + words.join(QLatin1Char(' ')) + QLatin1Char('}');
}

QString text(const IoPriorityResult& result) {
    return QStringLiteral("processes %1 threads %2 before %3 %4 left-alone %5")
        .arg(result.processes)
        .arg(result.threads)
        .arg(result.before, text(result.beforeBreakdown), text(result.leftAlone));
}

QString text(const IoPriorityDetails& details) {
    QStringList users;
    for (const uint user : details.users) {
        users << QString::number(user);
    }
    auto words =
        QStringLiteral("%1 %2, effective %3 %4 by %5, processes %6 threads %7 %8 users [%9] programs [%10]")
            .arg(details.ioClass)
            .arg(details.level)
            .arg(details.effectiveClass)
            .arg(details.effectiveLevel)
            .arg(details.source)
            .arg(details.processes)
            .arg(details.threads)
            .arg(text(details.breakdown), users.join(QLatin1Char(' ')), details.programs.join(QLatin1Char(' ')));
    for (const IoPriorityDetails& member : details.each) {
        words += QStringLiteral("; %1: ").arg(member.process) +
                 (member.ended ? QStringLiteral("ended") : text(member.breakdown));
    }
    return words + (details.uniform ? QStringLiteral(" uniform") : QString());
}

QString text(const IoPriorityDeviceList& devices) {
    QStringList words;
    for (const IoPriorityDevice& device : devices) {
        words << device.name << device.scheduler << device.honours;
    }
    return words.join(QLatin1Char(' '));
}

QDBusVariant target(const QStringList& pids) {
    QList<uint> numbers;
    for (const QString& pid : pids) {
        numbers << pid.toUInt();
    }
    return QDBusVariant(QVariant::fromValue(numbers));
}

QVariant target(const QString& kind, const QString& name) {
    if (kind == QLatin1String("unit") || kind == QLatin1String("user-unit")) {
        return name;
    }
    const int number = name.toInt();
    if (kind == QLatin1String("processes")) {
        return QVariant::fromValue(QList<int>{number});
    }
    if (!kind.startsWith(QLatin1String("pidfd"))) {
        return number;
    }
    QDBusUnixFileDescriptor pidfd;
    pidfd.giveFileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, number, 0)));
    return kind == QLatin1String("pidfd") ? QVariant::fromValue(pidfd)
                                          : QVariant::fromValue(QList<QDBusUnixFileDescriptor>{pidfd});
}

QString error_of(const QDBusPendingCall& call) {
    return QStringLiteral("error ") + call.error().name();
}

QString set(OrgExampleIoPriorityExtended1Interface& service, const QStringList& pids, const QString& io_class) {
    auto reply = service.SetPriority(QStringLiteral("processes"), target(pids), io_class, 0, {});
    reply.waitForFinished();
    return reply.isError() ? error_of(reply) : text(IoPriorityResult(reply.value()));
}

QString set_any(OrgExampleIoPriorityExtended1Interface& service, const QStringList& words) {
    service.setTimeout(std::numeric_limits<int>::max());
    const bool interactive = words.last() == QLatin1String("interactive");
    auto reply = service.SetPriority(words[0], QDBusVariant(target(words[0], words[1])), words[2], words[3].toUInt(),
                                     {{QStringLiteral("interactive"), interactive}});
    reply.waitForFinished();
    return reply.isError() ? error_of(reply) + QLatin1Char(' ') + reply.error().message()
                           : text(IoPriorityResult(reply.value()));
}

QString begin_hold(OrgExampleIoPriorityExtended1Interface& service, const QStringList& pids, const QString& io_class) {
    auto reply = service.HoldPriority(QStringLiteral("processes"), target(pids), io_class, 0, {});
    reply.waitForFinished();
    if (reply.isError()) {
        return error_of(reply);
    }
    hold = reply.argumentAt<0>();
    return text(IoPriorityResult(reply.argumentAt<1>()));
}

QString describe(OrgExampleIoPriorityExtended1Interface& service, const QStringList& pids) {
    auto reply = service.DescribePriority(QStringLiteral("processes"), target(pids), {});
    reply.waitForFinished();
    return reply.isError() ? error_of(reply) : text(IoPriorityDetails(reply.value()));
}

QString devices(OrgExampleIoPriorityExtended1Interface& service) {
    auto reply = service.ListDevices();
    reply.waitForFinished();
    return reply.isError() ? error_of(reply) : text(reply.value());
}

QString release() {
    hold = QDBusUnixFileDescriptor();
    return QStringLiteral("ok");
}

}  // namespace

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    qDBusRegisterMetaType<QList<QDBusUnixFileDescriptor>>();
    const auto name = QStringLiteral("org.example.IoPriority");
    const auto path = QStringLiteral("/org/example/IoPriority");
    OrgExampleIoPriorityInterface plain(name, path, QDBusConnection::systemBus());
    OrgExampleIoPriorityExtended1Interface extended(name, path, QDBusConnection::systemBus());
    QTextStream in(stdin);
    QTextStream out(stdout);
    out << "ready\n";
    out.flush();
    for (QString line; in.readLineInto(&line);) {
        QStringList words = line.split(QLatin1Char(' '));
        const QString verb = words.takeFirst();
        const QString last = words.isEmpty() ? QString() : words.last();
        if (verb == QLatin1String("set")) {
            out << set(extended, words.mid(0, words.size() - 1), last);
        } else if (verb == QLatin1String("set-any")) {
            out << set_any(extended, words);
        } else if (verb == QLatin1String("hold")) {
            out << begin_hold(extended, words.mid(0, words.size() - 1), last);
        } else if (verb == QLatin1String("release")) {
            out << release();
        } else if (verb == QLatin1String("describe")) {
            out << describe(extended, words);
        } else if (verb == QLatin1String("devices")) {
            out << devices(extended);
        } else if (verb == QLatin1String("holds")) {
            out << extended.holds();
        } else {
            out << plain.version();
        }
        out << '\n';
        out.flush();
    }
    return 0;
}
