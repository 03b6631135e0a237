// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "surroundings.hpp"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusObjectPath>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>

namespace {

const QString properties = QStringLiteral("org.freedesktop.DBus.Properties");

QDBusPendingCall call(const QString& service, const QString& path, const QString& interface, const QString& member,
                      const QString& argument) {
    auto message = QDBusMessage::createMethodCall(service, path, interface, member);
    message << argument;
    return QDBusConnection::systemBus().asyncCall(message);
}

}  // namespace

Surroundings::Surroundings(QObject* parent) : QObject(parent) {
    follow(QStringLiteral("org.freedesktop.UPower"), QStringLiteral("/org/freedesktop/UPower"),
           QStringLiteral("org.freedesktop.UPower"));
    follow_session();
}

/// Signals come from the path of the session itself, not from that of "auto".
void Surroundings::follow_session() {
    auto* watcher = new QDBusPendingCallWatcher(
        call(QStringLiteral("org.freedesktop.login1"), QStringLiteral("/org/freedesktop/login1"),
             QStringLiteral("org.freedesktop.login1.Manager"), QStringLiteral("GetSession"), QStringLiteral("auto")),
        this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        const QDBusPendingReply<QDBusObjectPath> path = *watcher;
        watcher->deleteLater();
        if (!path.isError()) {
            follow(QStringLiteral("org.freedesktop.login1"), path.value().path(),
                   QStringLiteral("org.freedesktop.login1.Session"));
        }
    });
}

void Surroundings::follow(const QString& service, const QString& path, const QString& interface) {
    QDBusConnection::systemBus().connect(service, path, properties, QStringLiteral("PropertiesChanged"), this,
                                         SLOT(properties_changed(QString, QVariantMap, QStringList)));
    auto* watcher =
        new QDBusPendingCallWatcher(call(service, path, properties, QStringLiteral("GetAll"), interface), this);
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
    if (values.contains(QStringLiteral("OnBattery"))) {
        on_mains_ = !values.value(QStringLiteral("OnBattery")).toBool();
    }
    if (values.contains(QStringLiteral("IdleHint"))) {
        nobody_here_ = values.value(QStringLiteral("IdleHint")).toBool();
    }
    emit changed();
}
