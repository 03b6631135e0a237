// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// For programs that call org.example.IoPriority with QtDBus (Qt 5.12 or later, Qt 6), without libiopriority: the types
/// that the code of qdbusxml2cpp needs, and what the results contain. There is nothing to link and no type to
/// register.
///
/// With CMake (a whole program is in examples/qt):
/// @code
///     find_package(iopriority REQUIRED)
///     set(extended ${iopriority_INTERFACES_DIR}/org.example.IoPriority.Extended1.xml)
///     set_source_files_properties(${extended} PROPERTIES INCLUDE iopriority/qtdbus.hpp NO_NAMESPACE TRUE)
///     qt_add_dbus_interface(generated ${extended} io_priority_extended)
/// @endcode
/// By hand (Debian has qdbusxml2cpp in /usr/lib/qt6/bin):
/// qdbusxml2cpp -N -i iopriority/qtdbus.hpp -p io_priority_extended
///     /usr/share/dbus-1/interfaces/org.example.IoPriority.Extended1.xml
///
/// Without NO_NAMESPACE (-N) the generated headers of the two interfaces conflict: org::example::IoPriority would
/// be a class in one and a namespace in the other.
#pragma once

#include <QtCore/QList>
#include <QtCore/QMap>
#include <QtCore/QMetaType>
#include <QtCore/QString>
#include <QtCore/QStringList>
#include <QtCore/QVariant>
#include <QtDBus/QDBusArgument>
#include <QtDBus/QDBusMetaType>

/// A block device, and what its I/O scheduler honours: "all", "classes" or "nothing".
struct IoPriorityDevice {
    QString name;       ///< "sda"
    QString scheduler;  ///< "mq-deadline"
    QString honours;    ///< "all", "classes" or "nothing"
};

/// What ListDevices returns.
using IoPriorityDeviceList = QList<IoPriorityDevice>;

/// A word ("idle", "best-effort:4"; "ended") and the number of threads or members it applies to.
using IoPriorityCounts = QMap<QString, uint>;

/// For QtDBus.
inline QDBusArgument& operator<<(QDBusArgument& argument, const IoPriorityDevice& device) {
    argument.beginStructure();
    argument << device.name << device.scheduler << device.honours;
    argument.endStructure();
    return argument;
}

/// For QtDBus.
inline const QDBusArgument& operator>>(const QDBusArgument& argument, IoPriorityDevice& device) {
    argument.beginStructure();
    argument >> device.name >> device.scheduler >> device.honours;
    argument.endStructure();
    return argument;
}

Q_DECLARE_METATYPE(IoPriorityDevice)
Q_DECLARE_METATYPE(IoPriorityDeviceList)

namespace iopriority_qtdbus {

/// Whether QtDBus knows the types: true as soon as the program runs.
inline const bool registered = [] {
    qDBusRegisterMetaType<IoPriorityDevice>();
    qDBusRegisterMetaType<IoPriorityDeviceList>();
    return true;
}();

}  // namespace iopriority_qtdbus

/// The result of SetPriority and HoldPriority: `const IoPriorityResult result(reply.value());`
struct IoPriorityResult {
    /// Reads the reply. A missing key leaves its member empty.
    explicit IoPriorityResult(const QVariantMap& result)
        : processes(result.value(QStringLiteral("processes")).toUInt()),
          threads(result.value(QStringLiteral("threads")).toUInt()),
          before(result.value(QStringLiteral("before")).toString()),
          beforeBreakdown(qdbus_cast<IoPriorityCounts>(result.value(QStringLiteral("before-breakdown")))),
          leftAlone(qdbus_cast<IoPriorityCounts>(result.value(QStringLiteral("left-alone")))) {}

    uint processes;                    ///< how many processes have threads as wanted
    uint threads;                      ///< how many threads read back as wanted
    QString before;                    ///< what was set before: "none", "idle", "best-effort:4", or "mixed"
    IoPriorityCounts beforeBreakdown;  ///< if mixed: each priority found before, and how many threads had it
    IoPriorityCounts leftAlone;        ///< what was skipped by rule: "explicit", "joined", "privileged", "ended"
};

/// The details of DescribePriority: `const IoPriorityDetails details(reply.value());`
struct IoPriorityDetails {
    /// Reads the reply. A missing key leaves its member empty.
    explicit IoPriorityDetails(const QVariantMap& details)
        : ioClass(details.value(QStringLiteral("io-class")).toString()),
          level(details.value(QStringLiteral("level")).toUInt()),
          effectiveClass(details.value(QStringLiteral("effective-class")).toString()),
          effectiveLevel(details.value(QStringLiteral("effective-level")).toUInt()),
          source(details.value(QStringLiteral("source")).toString()),
          uniform(details.value(QStringLiteral("uniform")).toBool()),
          processes(details.value(QStringLiteral("processes")).toUInt()),
          threads(details.value(QStringLiteral("threads")).toUInt()),
          breakdown(qdbus_cast<IoPriorityCounts>(details.value(QStringLiteral("breakdown")))),
          users(qdbus_cast<QList<uint>>(details.value(QStringLiteral("users")))),
          programs(details.value(QStringLiteral("programs")).toStringList()),
          process(details.value(QStringLiteral("process")).toUInt()),
          ended(details.value(QStringLiteral("ended")).toBool()),
          eachCut(details.value(QStringLiteral("each-cut")).toBool()) {
        const auto members = qdbus_cast<QList<QVariantMap>>(details.value(QStringLiteral("each")));
        for (const QVariantMap& member : members) {
            each.append(IoPriorityDetails(member));
        }
    }

    QString ioClass;                ///< the highest of the threads' priorities
    uint level;                     ///< its level
    QString effectiveClass;         ///< what the block layer uses
    uint effectiveLevel;            ///< its level
    QString source;                 ///< where that comes from: "set", "nice 10", "cpu policy idle"
    bool uniform;                   ///< every thread has the same set priority
    uint processes;                 ///< how many were read
    uint threads;                   ///< how many were read
    IoPriorityCounts breakdown;     ///< set priority, and how many threads have it
    QList<uint> users;              ///< the real uids of the processes
    QStringList programs;           ///< the names of the processes
    uint process;                   ///< in `each`: the process id
    bool ended;                     ///< in `each`: it has ended, and nothing else is known
    QList<IoPriorityDetails> each;  ///< of "processes" and "pidfds": one for each member
    bool eachCut;                   ///< there are more members than in `each`
};
