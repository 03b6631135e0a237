// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <QObject>
#include <QVariantMap>

/// Whether the disk is free for a backup: on mains, and nobody at the machine.
class Surroundings : public QObject {
    Q_OBJECT

 public:
    explicit Surroundings(QObject* parent);

    [[nodiscard]] bool are_free() const { return on_mains_ && nobody_here_; }

 Q_SIGNALS:
    /// are_free() may differ now.
    void changed();

 private Q_SLOTS:
    void properties_changed(const QString& interface, const QVariantMap& values, const QStringList& invalidated);

 private:
    void follow_session();
    void follow(const QString& service, const QString& path, const QString& interface);
    void take(const QVariantMap& values);

    bool on_mains_{false};  // what nobody knows is no
    bool nobody_here_{false};
};
