#!/usr/bin/perl
# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Puts a process into the background: in Perl with Net::DBus (Debian: libnet-dbus-perl): ./net-dbus.pl PID
use strict;
use warnings;

use Net::DBus qw(:typing);

sub explain {
    my ($error) = @_;
    return "failed: $error" unless ref $error && $error->isa('Net::DBus::Error');
    return 'cancelled'    # the person closed the dialog: no more is to be said
      if $error->name eq 'org.example.IoPriority.Error.Dismissed';
    return 'not authorized: ' . $error->message
      if $error->name =~ /^org\.freedesktop\.DBus\.Error\.(AccessDenied|InteractiveAuthorizationRequired)$/;
    return 'failed: ' . $error->message;
}

sub main {
    my ($pid) = @_;
    my $bus = Net::DBus->system;

    # polkit may ask a person, and the answer takes as long as the person does.
    $bus->timeout(0x7fffffff);
    my $object   = $bus->get_service('org.example.IoPriority')->get_object('/org/example/IoPriority');
    my $plain    = $object->as_interface('org.example.IoPriority');
    my $extended = $object->as_interface('org.example.IoPriority.Extended1');

    print 'before: ', join(' ', $plain->Get($pid)), "\n";

    # (Net::DBus has no way to set a message flag: the option does the same.)
    my $result =
      $extended->SetPriority('process', dbus_uint32($pid), 'idle', 0, { interactive => dbus_boolean(1) });
    print "threads: $result->{threads}\n";
    print 'after: ', join(' ', $plain->Get($pid)), "\n";
}

my $pid = $ARGV[0] // 0;    # 0 is this process
if ($pid !~ /\A\d{1,7}\z/) { print STDERR "failed: $pid is not a process id\n"; exit 1 }
eval { main($pid); 1 }
  or do { print STDERR explain($@), "\n"; exit 1 };
