// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A window that backs up a folder and leaves the disk to the person meanwhile: C++ with Qt 6.
//
//   backup-window FOLDER ARCHIVE [PID...]
//
// tar does the work. PIDs are processes that work for it, also root's: they are lowered with it, by one request and one
// dialog. While nobody is at the machine and it is on mains, the backup runs at full speed.
#include <QApplication>
#include <QTextStream>

#include "window.hpp"

int main(int argc, char** argv) {
    const QApplication application(argc, argv);
    const auto words = QApplication::arguments();
    constexpr qsizetype most = 18;  // a bus takes 16 descriptors in a message: 15 PIDs, and tar
    if (words.size() < 3 || words.size() > most) {
        QTextStream(stderr) << "backup-window FOLDER ARCHIVE [PID...]: up to 15 PIDs\n";
        return 2;
    }
    QList<qint64> helpers;
    for (const QString& word : words.mid(3)) {
        bool is_number = false;
        helpers << word.toLongLong(&is_number);
        if (!is_number || helpers.last() <= 0) {
            QTextStream(stderr) << "backup-window: \"" << word << "\" is not a process id\n";
            return 2;
        }
    }
    Window window(words[1], words[2], helpers);
    window.show();
    return QApplication::exec();
}
