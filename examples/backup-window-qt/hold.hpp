// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <QDBusPendingCallWatcher>
#include <QDBusUnixFileDescriptor>
#include <QList>
#include <QObject>
#include <QPointer>
#include <QSocketNotifier>

#include "io_priority_extended.h"

/// Lowers processes and what they start, until end() or the end of this program.
class Hold : public QObject {
    Q_OBJECT

 public:
    explicit Hold(QObject* parent);

    /// Asks for the hold. The loop goes on while a person types a password.
    void begin(const QList<qint64>& pids, bool interactive);
    /// Each thread has again what it had.
    void end();
    /// Whether the last attempt was refused.
    [[nodiscard]] bool refused() const { return refused_; }

 Q_SIGNALS:
    /// One sentence for a person.
    void said(const QString& text);

 private:
    void begun(QDBusPendingCallWatcher* reply);
    void told();

    OrgExampleIoPriorityExtended1Interface service_;
    QDBusUnixFileDescriptor descriptor_;
    QPointer<QDBusPendingCallWatcher> pending_;
    QPointer<QSocketNotifier> notifier_;
    bool refused_{false};
};
