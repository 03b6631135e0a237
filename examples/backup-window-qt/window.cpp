// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "window.hpp"

#include <QTextStream>
#include <QVBoxLayout>
#include <utility>

Window::Window(const QString& folder, const QString& archive, QList<qint64> helpers)
    : helpers_(std::move(helpers)), button_(QStringLiteral("Back Up")), hold_(this), surroundings_(this) {
    setWindowTitle(QStringLiteral("Backup"));
    resize(480, 0);
    label_.setWordWrap(true);
    button_.setAutoDefault(true);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(&label_);
    layout->addWidget(&button_);
    backup_.setProgram(QStringLiteral("tar"));
    backup_.setArguments({QStringLiteral("--create"), QStringLiteral("--gzip"), QStringLiteral("--file"), archive,
                          QStringLiteral("--directory"), folder, QStringLiteral(".")});
    backup_.setProcessChannelMode(QProcess::ForwardedChannels);
    connect(&button_, &QPushButton::clicked, this, &Window::clicked);
    connect(&backup_, &QProcess::started, this, &Window::started);
    connect(&backup_, &QProcess::finished, this, &Window::ended);
    connect(&backup_, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart) {
            say(QStringLiteral("The backup did not start: ") + backup_.errorString());
        }
    });
    connect(&hold_, &Hold::said, this, &Window::say);
    connect(&surroundings_, &Surroundings::changed, this, &Window::surroundings_changed);
    say(folder + QStringLiteral(" will be backed up."));
}

Window::~Window() {
    backup_.disconnect(this);
    backup_.terminate();  // the hold ends with the program
    backup_.waitForFinished();
}

/// Shows it, and prints it for who has started this from a terminal.
void Window::say(const QString& text) {
    label_.setText(text);
    QTextStream(stdout) << text << '\n';
}

void Window::clicked() {
    if (backup_.state() == QProcess::NotRunning) {
        backup_.start();
    } else {
        backup_.terminate();
    }
}

void Window::started() {
    button_.setText(QStringLiteral("Stop"));
    say(QStringLiteral("The backup runs."));
    lower(true);
}

/// Where nobody is disturbed, the backup is not held back.
void Window::lower(bool interactive) {
    if (surroundings_.are_free()) {
        say(QStringLiteral("Nobody is here, and the computer is on mains: the backup runs at full speed."));
    } else {
        hold_.begin(QList<qint64>{backup_.processId()} + helpers_, interactive);
    }
}

void Window::surroundings_changed() {
    if (backup_.state() != QProcess::Running || hold_.refused()) {
        return;
    }
    if (surroundings_.are_free()) {
        hold_.end();
    }
    lower(false);  // nobody is asked twice
}

void Window::ended(int status, QProcess::ExitStatus how) {
    hold_.end();  // the helpers, too, have again what they had
    button_.setText(QStringLiteral("Back Up"));
    say(how == QProcess::NormalExit && status == 0 ? QStringLiteral("The backup is complete.")
                                                   : QStringLiteral("The backup did not complete."));
}
