// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "surroundings.hpp"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusObjectPath>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>

namespace {

constexpr const char* properties = "org.freedesktop.DBus.Properties";

QDBusPendingCall call(const QString& service, const QString& path, const QString& interface, const QString& member,
                      const QString& argument) {
    auto message = QDBusMessage::createMethodCall(service, path, interface, member);
    message << argument;
    return QDBusConnection::systemBus().asyncCall(message);
}

}  // namespace

Surroundings::Surroundings(QObject* parent) : QObject(parent) {
    follow("org.freedesktop.UPower", "/org/freedesktop/UPower", "org.freedesktop.UPower");
    follow_session();
}

/// Signals come from the path of the session itself, not from that of "auto".
void Surroundings::follow_session() {
    auto* watcher = new QDBusPendingCallWatcher(call("org.freedesktop.login1", "/org/freedesktop/login1",
                                                     "org.freedesktop.login1.Manager", "GetSession", "auto"),
                                                this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        const QDBusPendingReply<QDBusObjectPath> path = *watcher;
        watcher->deleteLater();
        if (!path.isError()) {
            follow("org.freedesktop.login1", path.value().path(), "org.freedesktop.login1.Session");
        }
    });
}

void Surroundings::follow(const QString& service, const QString& path, const QString& interface) {
    QDBusConnection::systemBus().connect(service, path, properties, "PropertiesChanged", this,
                                         SLOT(properties_changed(QString, QVariantMap, QStringList)));
    auto* watcher = new QDBusPendingCallWatcher(call(service, path, properties, "GetAll", interface), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        const QDBusPendingReply<QVariantMap> values = *watcher;
        watcher->deleteLater();
        take(values.isError() ? QVariantMap() : values.value());
    });
}

void Surroundings::properties_changed(const QString& /*interface*/, const QVariantMap& values,
                                      const QStringList& /*invalidated*/) {
    take(values);
}

void Surroundings::take(const QVariantMap& values) {
    if (values.contains("OnBattery")) {
        on_mains_ = !values.value("OnBattery").toBool();
    }
    if (values.contains("IdleHint")) {
        nobody_here_ = values.value("IdleHint").toBool();
    }
    emit changed();
}
