// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What code that qdbusxml2cpp makes needs for ListDevices: give it with -i. Qt makes no type of a structure by itself.
/// To call, register it: qDBusRegisterMetaType<IoPriorityDeviceList>().
#pragma once

#include <QtCore/QList>
#include <QtCore/QMetaType>
#include <QtCore/QString>
#include <QtDBus/QDBusArgument>

struct IoPriorityDevice {
    QString name;
    QString scheduler;
    QString honours;
};
using IoPriorityDeviceList = QList<IoPriorityDevice>;

inline QDBusArgument& operator<<(QDBusArgument& argument, const IoPriorityDevice& device) {
    argument.beginStructure();
    argument << device.name << device.scheduler << device.honours;
    argument.endStructure();
    return argument;
}

inline const QDBusArgument& operator>>(const QDBusArgument& argument, IoPriorityDevice& device) {
    argument.beginStructure();
    argument >> device.name >> device.scheduler >> device.honours;
    argument.endStructure();
    return argument;
}

Q_DECLARE_METATYPE(IoPriorityDevice)
Q_DECLARE_METATYPE(IoPriorityDeviceList)
