/**
 * Chosen so that any pair can be said aloud and offends nobody: no body, belief, politics, sickness or money, nothing that judges a person.
 * At most eleven letters each, so that every name fits NAME_MAX_CHARS.
 */
const words = (text: string): readonly string[] => text.trim().split(/\s+/)

export const ADJECTIVES = words(`
  able agile airy alpine amber ample amused arctic ashen autumn azure balmy beaming bold bouncy brave breezy bright brisk bronze
  calm candid careful cheerful cheery chipper clear clever coastal cobalt copper coral cosmic cosy crimson crisp curious dapper daring
  dashing dawn deep deft dewy dreamy driving eager early earnest easy ebony elegant emerald fabled fair famous fancy feathered festive
  fleet floral fluent fond forest frank fresh friendly frosty gentle gilded glad gleaming glowing golden grand granite grassy hazel
  hearty hidden honest humble indigo ivory jade jaunty jolly jovial joyful keen kind lilac lively loyal lucid lucky lunar magenta maple
  marble mellow merry mighty mindful misty modest mossy neat nimble noble nordic novel opal open orchid patient pearly pensive playful
  polar polite proud quick quiet radiant rapid ready rosy royal ruby rustic sable sandy scarlet serene shining silent silver sincere
  smiling snowy solar spirited spry starry steady sunny swift tidy tranquil vivid warm wise witty woven zesty
`)

export const NOUNS = words(`
  acorn albatross alder anchor antelope aspen aurora badger bamboo banyan beacon beaver birch bison blossom bobcat breeze brook bumblebee
  canyon caravel cardinal caribou cedar cello chestnut cicada clover comet compass condor coral cove coyote crane creek cricket
  crocus curlew cypress daisy dolphin dragonfly dune eagle eclipse egret elk ember falcon fern ferret finch firefly fjord flamingo
  fox gazelle gecko geyser ginkgo glacier goldfinch grotto grove gull harbor hare harvest hawk hazelnut hedgehog heron hickory hummingbird
  ibex ibis iguana island jackdaw jaguar jasmine juniper kestrel kingfisher kite koala lagoon lantern larch lark laurel lemur leopard
  lichen lighthouse lily llama lotus lynx magnolia magpie mallard manatee maple marigold marlin marmot marten meadow meteor minnow
  mongoose moon moth mountain narwhal nebula newt nightjar oak ocelot octopus olive orca oriole osprey otter owl panda panther
  pebble pelican penguin peony petrel pheasant pine planet plover polaris poppy prairie puffin puma quail quartz quokka rabbit raccoon
  raven reef river robin rowan salmon sandpiper seal sequoia sparrow spruce squirrel starling stork summit swallow swan tamarin
  tanager tern thistle thrush tiger toucan trout tulip turtle valley violet walnut walrus warbler willow wombat woodpecker wren yak
  zephyr
`)
