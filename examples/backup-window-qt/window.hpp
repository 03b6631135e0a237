// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <QLabel>
#include <QList>
#include <QProcess>
#include <QPushButton>
#include <QWidget>

#include "hold.hpp"
#include "surroundings.hpp"

/// A button that starts and stops the backup, and one line that says how it goes.
class Window : public QWidget {
    Q_OBJECT

 public:
    /// helpers: processes that work for the backup, also root's.
    Window(const QString& folder, const QString& archive, QList<qint64> helpers);
    ~Window() override;

 private:
    void say(const QString& text);
    void clicked();
    void started();
    void lower(bool interactive);
    void surroundings_changed();
    void ended(int status, QProcess::ExitStatus how);

    QList<qint64> helpers_;
    QLabel label_;
    QPushButton button_;
    QProcess backup_;
    Hold hold_;
    Surroundings surroundings_;
};
